# DocumentDB Developer Guide, "Encrypting Amazon DocumentDB data at rest", and Neptune User Guide, "Encrypting Neptune
# resources at rest": off unless asked for at creation. Absent fails. A cluster made from a snapshot or from another
# cluster is encrypted as its source, so there an omitted switch says nothing and the outcome is unknown.
package controls.dp_enc_011

deny contains {"path": "storage_encrypted", "expected": "true"} if not input.resource.storage_encrypted
