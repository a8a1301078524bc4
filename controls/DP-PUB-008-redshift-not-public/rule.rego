# Amazon Redshift Management Guide, "Managing clusters in a VPC": a publicly accessible cluster has a public address.
#
# Absent stays unknown: the Terraform provider sends true before version 6 and false since, and a CloudFormation template
# without the property leaves clusters from before January 2025 public.
package controls.dp_pub_008

deny contains violation if {
	input.resource.publicly_accessible
	violation := {"path": "publicly_accessible", "expected": "false"}
}
