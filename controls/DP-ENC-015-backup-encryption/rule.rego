# AWS Backup Developer Guide, "Encryption for backups in AWS Backup": a vault without a key of its own uses the AWS managed
# key aws/backup, and types without full management keep the encryption of their source, none included. Absent fails: a
# vault has to name its key. AWS Config records the key that results, which does not tell the managed key from another;
# there the key has to be in the input (or the outcome is unknown).
package controls.dp_enc_015

deny contains {"path": "kms_key_arn", "expected": "a customer managed key"} if {
	input.resource.kind == "backup_vault"
	not customer_key
}

deny contains {"path": "encrypted", "expected": "true"} if {
	input.resource.kind == "backup_recovery_point"
	not input.resource.encrypted
}

customer_key if input.resource.kms_key_owner == "customer"

# The key is in the same input.
customer_key if {
	some key in input.resource.related.kms_key
	key.key_manager == "CUSTOMER"
}
