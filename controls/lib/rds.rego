# Facts about Amazon RDS that several controls share.
package lib.rds

# Members of a DB cluster (Aurora, Multi-AZ DB cluster) have no storage and no backups of their own: the cluster
# owns both, so a control over them judges the cluster. The model gives a member its own type on every source.
cluster_member(resource) if resource.type == "aws_rds_cluster_instance"
