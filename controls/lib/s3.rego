# Facts about Amazon S3 that several controls share.
package lib.s3

# public_grants(bucket): the grants of the access control list to everybody, or to everybody with an AWS account, as
# permissions by place. Rests on "Access control list (ACL) overview" and "Blocking public access to your Amazon S3
# storage" (Amazon S3 User Guide). Nothing is granted where S3 ignores the list: the public access block of the bucket
# or of its account says so, or the bucket owner enforces ownership. An assumed ownership is not enough.
public_grants(bucket) := grants if {
	not acl_ignored(bucket)
	canned := {"acl": permissions | permissions := canned_permissions[bucket.acl]}
	listed := {path: {grant.permission} |
		some i, grant in bucket.acl_grants
		grant.grantee in {"AllUsers", "AuthenticatedUsers"}
		path := sprintf("acl_grants[%d]", [i])
	}
	grants := object.union(canned, listed)
}

acl_ignored(bucket) if bucket.ignore_public_acls

acl_ignored(bucket) if bucket.account_ignore_public_acls

acl_ignored(bucket) if bucket.declared.object_ownership == "BucketOwnerEnforced"

canned_permissions := {
	"public-read": {"READ"},
	"public-read-write": {"READ", "WRITE"},
	"authenticated-read": {"READ"},
}

# policy_restricted(bucket): whatever the bucket policy says, only AWS services and the own account get in.
policy_restricted(bucket) if bucket.restrict_public_buckets

policy_restricted(bucket) if bucket.account_restrict_public_buckets
