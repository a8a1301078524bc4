# Approved means chosen by us and visible in the configuration; what a service does by itself is not a choice:
#
# - "Encrypting Amazon RDS resources" (RDS User Guide), "Amazon EBS encryption" (EBS User Guide): off unless asked for.
#   Aurora encrypts new clusters with a key that AWS owns since February 2026, and an account may encrypt volumes by
#   default; neither shows in a template, so storage_encrypted and encrypted have to say it.
# - "DynamoDB encryption at rest" (DynamoDB Developer Guide): a table is always encrypted, but with a key that AWS owns
#   unless server-side encryption with KMS is enabled.
# - "Setting default server-side encryption behavior for Amazon S3 buckets" (S3 User Guide): SSE-S3 applies to every
#   bucket since January 2023. Declared, it is approved; as a default, it is not. Hence `declared`.
#
# Absent counts as not encrypted. Members of a DB cluster have the storage of their cluster, which is judged in their
# place.
package controls.dp_enc_001

import data.lib.rds

switches := {
	"rds_instance": "storage_encrypted",
	"rds_cluster": "storage_encrypted",
	"rds_snapshot": "encrypted",
	"ebs_volume": "encrypted",
}

deny contains violation if {
	path := switches[input.resource.kind]
	not rds.cluster_member(input.resource)
	not input.resource.facets.encrypted_at_rest
	violation := {"path": path, "expected": "true"}
}

deny contains violation if {
	input.resource.kind == "s3_bucket"
	not input.resource.declared.sse_algorithm
	violation := {"path": "sse_algorithm", "expected": "declared"}
}

deny contains violation if {
	input.resource.kind == "dynamodb_table"
	not input.resource.sse_enabled
	violation := {"path": "sse_enabled", "expected": "true"}
}
