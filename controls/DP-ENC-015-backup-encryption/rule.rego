# AWS Backup Developer Guide, "Encryption for backups in AWS Backup": a vault without a key of its own uses the AWS
# managed key aws/backup, and types without full management keep the encryption of their source, none included. Absent
# fails: a vault has to name its key. The ARN of a key does not tell the managed key from a customer's; where nothing
# else says it (the key, an alias, a data source), the outcome is unknown.
package controls.dp_enc_015

deny contains {"path": "kms_key_arn", "expected": "a customer managed key"} if {
	input.resource.kind == "backup_vault"
	not own_key
}

deny contains {"path": "encrypted", "expected": "true"} if {
	input.resource.kind == "backup_recovery_point"
	not input.resource.encrypted
}

own_key if input.resource.facets.kms_key_kind == "customer_managed"
