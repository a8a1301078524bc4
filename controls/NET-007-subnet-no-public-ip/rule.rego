# Amazon VPC User Guide, "Subnets" and "Default subnets": a subnet that somebody creates assigns no public addresses
# unless told to; a default subnet does, unless told not to.
package controls.net_007

deny contains {"path": "map_public_ip_on_launch", "expected": "false"} if assigns

assigns if input.resource.map_public_ip_on_launch

assigns if {
	input.resource.type == "aws_default_subnet"
	not is_boolean(input.resource.declared.map_public_ip_on_launch)
}
