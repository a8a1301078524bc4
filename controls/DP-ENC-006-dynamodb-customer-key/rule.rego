# DynamoDB Developer Guide, "DynamoDB encryption at rest": without server-side encryption settings a table uses a key
# that AWS owns; with them, but without a key, the AWS managed key alias/aws/dynamodb. A replica has a key of its own
# Region.
#
# Absent fails: nothing but a named key is a customer's. The ARN of a key does not tell an AWS managed key from a
# customer's; where nothing else says it (the key, an alias, a data source), the outcome is unknown.
package controls.dp_enc_006

deny contains {"path": "kms_key_arn", "expected": "a customer managed key"} if not own_key

deny contains {"path": sprintf("replica_kms_keys[%d]", [i]), "expected": "a customer managed key"} if {
	some i, key in input.resource.replica_kms_keys
	key in {null, "alias/aws/dynamodb"}
}

own_key if input.resource.facets.kms_key_kind == "customer_managed"
