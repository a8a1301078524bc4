# S3 User Guide, "Setting default server-side encryption behavior for Amazon S3 buckets": SSE-KMS is declared as
# aws:kms, dual-layer encryption with KMS keys as aws:kms:dsse.
#
# Absent counts as SSE-S3 (AES256), which S3 applies to every bucket since January 2023 and which uses no KMS key.
# The key may be AWS managed (aws/s3, when no key is named) or customer managed: this control asks for KMS, not for
# ownership of the key.
package controls.dp_enc_002

deny contains violation if {
	not uses_kms
	violation := {"path": "sse_algorithm", "expected": "aws:kms or aws:kms:dsse"}
}

uses_kms if input.resource.sse_algorithm in {"aws:kms", "aws:kms:dsse"}
