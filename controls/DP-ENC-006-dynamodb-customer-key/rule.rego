# DynamoDB Developer Guide, "DynamoDB encryption at rest": without server-side encryption settings a table uses a key that
# AWS owns; with them, but without a key, the AWS managed key alias/aws/dynamodb. A replica has a key of its own Region.
#
# Absent fails: nothing but a named key is a customer's. AWS Config records the ARN of the key that results, which does
# not tell an AWS managed key from a customer's; there the key itself has to be in the input (or the outcome is unknown).
package controls.dp_enc_006

deny contains {"path": "sse_enabled", "expected": "true"} if not input.resource.sse_enabled

deny contains {"path": "kms_key_arn", "expected": "a customer managed key"} if not customer_key

deny contains {"path": sprintf("replica_kms_keys[%d]", [i]), "expected": "a customer managed key"} if {
	some i, key in input.resource.replica_kms_keys
	key in {null, "alias/aws/dynamodb"}
}

customer_key if input.resource.kms_key_owner == "customer"

# The key is in the same input.
customer_key if {
	some key in input.resource.related.kms_key
	key.key_manager == "CUSTOMER"
}
