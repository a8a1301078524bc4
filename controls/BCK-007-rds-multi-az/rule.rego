# Rests on "Configuring and managing a Multi-AZ deployment" (RDS User Guide): an instance has a standby only when asked for,
# so absent fails. Members of a DB cluster are spread by the cluster and not judged.
package controls.bck_007

import data.lib.rds

deny contains violation if {
	not rds.cluster_member(input.resource)
	not input.resource.multi_az
	violation := {"path": "multi_az", "expected": "true"}
}
