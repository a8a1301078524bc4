# Rests on "Blocking public access to your Amazon S3 storage", section "The meaning of public" (Amazon S3 User Guide): a
# policy is public when it admits everybody, unless a condition admits fixed values only; an ACL is public when it grants
# anything to a group of everybody or of everybody with an AWS account. A bucket has neither until somebody adds it, so
# absent passes; IgnorePublicAcls and RestrictPublicBuckets take the effect away. Judged are the buckets that a trail in
# the input delivers to.
package controls.ct_log_007

deny contains {"path": "acl", "expected": "no grant to everybody"} if {
	keeps_a_trail
	public_acl
	not input.resource.ignore_public_acls
}

deny contains {"path": "policy", "expected": "no statement that admits everybody"} if {
	keeps_a_trail
	input.resource.facets.policy_public
	not input.resource.restrict_public_buckets
}

keeps_a_trail if count(input.resource.related.trails) > 0

public_acl if input.resource.acl in {"public-read", "public-read-write", "authenticated-read"}

public_acl if {
	some grantee in input.resource.acl_grantees
	grantee in {
		"AllUsers",
		"AuthenticatedUsers",
		"http://acs.amazonaws.com/groups/global/AllUsers",
		"http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
	}
}
