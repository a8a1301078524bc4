# Amazon VPC User Guide, "Default security groups for your VPCs": each VPC comes with a group that admits its own members
# and lets everything out, until somebody takes the rules away. Terraform takes all of them out on adoption and keeps the
# ones it is given (provider documentation, aws_default_security_group).
#
# A VPC in code, therefore, is open unless the same code closes its default group. In CloudFormation only the custom
# resource of the AWS CDK can do that. AWS Config records the group itself, and a VPC without its group is unknown there.
package controls.net_005

deny contains violation if {
	some direction, entries in {"ingress": input.resource.ingress, "egress": input.resource.egress}
	some i, _ in entries
	violation := {
		"path": sprintf("%s[%d]", [direction, i]),
		"expected": "no rules",
	}
}

deny contains violation if {
	input.resource.kind == "vpc"
	not closed
	violation := {
		"path": "default_security_group_restricted",
		"expected": "a default security group without rules",
		"actual": "the default security group as AWS creates it",
	}
}

closed if input.resource.default_security_group_restricted

closed if {
	some group in input.resource.related.security_groups
	group.type == "aws_default_security_group"
}
