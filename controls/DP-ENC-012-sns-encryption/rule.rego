# SNS Developer Guide, "Securing Amazon SNS data with server-side encryption": a topic uses KMS when a key is named,
# its own or the AWS managed alias/aws/sns. Absent (or an empty text) fails: the disk encryption that SNS always does
# uses no key that a policy could name.
package controls.dp_enc_012

deny contains {"path": "kms_master_key_id", "expected": "a KMS key"} if not input.resource.kms_master_key_id
