# S3 User Guide, "Blocking public access to your Amazon S3 storage": the four switches are independent, and each one
# closes a different way to publish a bucket, so all four have to be on.
#
# Absent counts as off. A block that leaves a switch out leaves it off (Terraform AWS provider, resource
# aws_s3_bucket_public_access_block). No block at all counts as off too: S3 has given new buckets one since April 2023,
# but nothing in the code keeps it there, and older buckets never got it.
package controls.dp_pub_002

deny contains violation if {
	not blocked
	violation := {
		"paths": [
			"block_public_acls",
			"block_public_policy",
			"ignore_public_acls",
			"restrict_public_buckets",
		],
		"expected": "true",
	}
}

blocked if {
	input.resource.block_public_acls
	input.resource.block_public_policy
	input.resource.ignore_public_acls
	input.resource.restrict_public_buckets
}
