# Rests on "Deleting a DB instance" (RDS User Guide), "Using deletion protection" (DynamoDB Developer Guide) and the pages
# of DocumentDB and Neptune about deleting a cluster. It is off until somebody switches it on, so absent fails. Members of a
# DB cluster are protected through their cluster, which is judged in their place.
package controls.bck_006

import data.lib.rds

switches := {
	"rds_instance": "deletion_protection",
	"rds_cluster": "deletion_protection",
	"docdb_cluster": "deletion_protection",
	"neptune_cluster": "deletion_protection",
	"dynamodb_table": "deletion_protection_enabled",
}

deny contains violation if {
	path := switches[input.resource.kind]
	not rds.cluster_member(input.resource)
	not input.resource.facets.deletion_protection
	violation := {"path": path, "expected": "true"}
}
