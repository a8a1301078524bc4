# OpenSearch Service Developer Guide, "Encryption of data at rest": off unless enabled for the domain. Absent fails.
package controls.dp_enc_010

deny contains {"path": "encrypt_at_rest_enabled", "expected": "true"} if not input.resource.encrypt_at_rest_enabled
