# ElastiCache User Guide, "ElastiCache in-transit encryption (TLS)", and API Reference, CreateReplicationGroup: off
# unless asked for; absent fails. The mode "preferred" is made for migrations and still admits connections without
# TLS. AWS Config has no published schema of replication groups.
package controls.dp_tls_007

deny contains violation if {
	not input.resource.transit_encryption_enabled
	violation := {"path": "transit_encryption_enabled", "expected": "true"}
}

deny contains {"path": "transit_encryption_mode", "expected": "required"} if preferred

preferred if input.resource.transit_encryption_mode == "preferred"
