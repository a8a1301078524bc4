# RDS User Guide, "Working with a DB instance in a VPC": a publicly accessible instance has a DNS name that resolves to
# a public address outside the VPC. Members of a DB cluster have an address each, so they are judged one by one.
#
# Absent takes the default of the source: the Terraform provider sends false for aws_db_instance; RDS itself (hence
# CloudFormation) decides by the subnet group ("CreateDBInstance", RDS API Reference), which leaves the value unknown.
package controls.dp_pub_005

deny contains violation if {
	input.resource.publicly_accessible
	violation := {"path": "publicly_accessible", "expected": "false"}
}
