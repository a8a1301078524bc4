# Rests on "Tagging Amazon RDS resources" (RDS User Guide): tags are copied to snapshots only when asked for, so absent
# fails. For members of an Aurora cluster the setting of the cluster counts, which is judged in their place.
package controls.bck_008

import data.lib.rds

deny contains violation if {
	not rds.cluster_member(input.resource)
	not input.resource.copy_tags_to_snapshot
	violation := {"path": "copy_tags_to_snapshot", "expected": "true"}
}
