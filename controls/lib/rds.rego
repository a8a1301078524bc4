# Facts about Amazon RDS that several controls share.
package lib.rds

# Members of a DB cluster (Aurora, Multi-AZ DB cluster) have no storage and no backups of their own: the cluster
# owns both, so a control over them judges the cluster. The kind is tested first because on a cluster the same
# name would be its own identifier.
cluster_member(resource) if resource.type == "aws_rds_cluster_instance"

cluster_member(resource) if {
	resource.kind == "rds_instance"
	resource.cluster_identifier
}
