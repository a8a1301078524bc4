# SQS Developer Guide, "Encryption at rest in Amazon SQS": SSE-SQS is on for queues that are created without saying
# anything about encryption, so absent passes. An explicit false is a queue without encryption, unless a KMS key is
# named.
package controls.dp_enc_013

deny contains {"path": "sqs_managed_sse_enabled", "expected": "true, or a KMS key"} if {
	not input.resource.sqs_managed_sse_enabled
	not input.resource.kms_master_key_id
}
