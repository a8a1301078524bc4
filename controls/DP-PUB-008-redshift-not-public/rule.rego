# Amazon Redshift Management Guide, "Managing clusters in a VPC": a publicly accessible cluster has a public address.
#
# Absent takes the default of the source. The Terraform provider sends false since version 6. A CloudFormation template
# without the property leaves clusters from before January 2025 public, so there it stays unknown.
package controls.dp_pub_008

deny contains violation if {
	input.resource.publicly_accessible
	violation := {"path": "publicly_accessible", "expected": "false"}
}
