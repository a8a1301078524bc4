# MSK Developer Guide, "Amazon MSK encryption", and API Reference, EncryptionInTransit: clients use TLS and brokers
# encrypt among themselves by default, so absent passes. TLS_PLAINTEXT admits plain text, too.
package controls.dp_tls_008

deny contains {"path": "client_broker_encryption", "expected": "TLS"} if not tls_only

deny contains {"path": "in_cluster_encryption", "expected": "true"} if not input.resource.in_cluster_encryption

tls_only if input.resource.client_broker_encryption == "TLS"
