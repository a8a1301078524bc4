# ElastiCache API Reference, CreateReplicationGroup: an omitted AtRestEncryptionEnabled is true with the engine Valkey
# and false with Redis OSS, which is also the engine when none is named (Terraform AWS provider). AWS Config has no
# published schema of replication groups.
package controls.dp_enc_009

deny contains {"path": "at_rest_encryption_enabled", "expected": "true"} if {
	not input.resource.at_rest_encryption_enabled
	not default_of_valkey
}

default_of_valkey if {
	input.resource.engine == "valkey"
	not is_boolean(input.resource.declared.at_rest_encryption_enabled)
}
