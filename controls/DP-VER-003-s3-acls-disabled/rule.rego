# Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket": BucketOwnerEnforced turns
# ACLs off, both other settings leave them on.
#
# A bucket without the setting has ACLs off if it was created since April 2023, which an input cannot prove: left out, it
# is unknown, and where the bucket is given an ACL, somebody counts on them. AWS Config does not record the setting.
package controls.dp_ver_003

deny contains violation if {
	not input.resource.object_ownership == "BucketOwnerEnforced"
	violation := {"path": "object_ownership", "expected": "BucketOwnerEnforced"}
}

deny contains violation if {
	not input.resource.declared.object_ownership
	acl_used
	violation := {"paths": ["object_ownership", "acl", "acl_grants"], "expected": "BucketOwnerEnforced, and no ACL"}
}

acl_used if input.resource.declared.acl

acl_used if count(input.resource.acl_grants) > 0
