# Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage": the four switches are independent, each one
# closes a different way to publish a bucket, and the account's block holds for all of its buckets.
#
# A switch that is left out is off (Terraform AWS provider, aws_s3_account_public_access_block). An account without a
# block publishes what its buckets publish, so one has to be there. CloudFormation has no such resource.
package controls.dp_pub_001

deny contains violation if {
	some block in input.resources
	some switch, on in switches(block)
	not on
	violation := {"resource": block.id, "path": switch, "expected": "true", "actual": "false"}
}

deny contains {"expected": "a public access block of the account"} if count(input.resources) == 0

switches(block) := {
	"block_public_acls": block.block_public_acls,
	"block_public_policy": block.block_public_policy,
	"ignore_public_acls": block.ignore_public_acls,
	"restrict_public_buckets": block.restrict_public_buckets,
}
