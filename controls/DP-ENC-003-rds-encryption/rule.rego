# RDS User Guide, "Encrypting Amazon RDS resources", and Aurora User Guide, "Encrypting Amazon Aurora resources".
#
# Absent counts as not encrypted: RDS encrypts an instance only when asked. Aurora encrypts new clusters since February
# 2026 even without being asked, but with a key that AWS owns and outside the configuration, so it has to be declared.
# Members of a DB cluster have the storage of their cluster, which is judged in their place.
package controls.dp_enc_003

import data.lib.rds

deny contains violation if {
	not rds.cluster_member(input.resource)
	not input.resource.storage_encrypted
	violation := {"path": "storage_encrypted", "expected": "true"}
}
