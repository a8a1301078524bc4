# Amazon EC2 User Guide, "Amazon EC2 instance IP addressing": what the launch says decides; when it says nothing, the
# subnet does; an Elastic IP address can come later. An instance that runs has the addresses it has.
#
# So a launch that says nothing is judged by the subnet where the input shows it, and is unknown elsewhere. A launch
# template that says nothing leaves it to the launch. Amazon EC2 API Reference, InstanceNetworkInterfaceSpecification: with
# more than one interface nothing is assigned automatically, whatever the subnet says.
package controls.net_008

deny contains {"path": "public_ip_addresses", "expected": "none"} if count(input.resource.public_ip_addresses) > 0

deny contains {"path": "associate_public_ip_address", "expected": "false"} if {
	launches
	not left_to_subnet
	not several_interfaces
	input.resource.associate_public_ip_address
}

# The same where nobody can say which subnet it is.
deny contains {"path": "associate_public_ip_address", "expected": "false"} if {
	input.resource.declared.associate_public_ip_address
}

deny contains {"path": "elastic_ip", "expected": "no Elastic IP address"} if {
	launches
	input.resource.elastic_ip
}

deny contains violation if {
	left_to_subnet
	input.resource.related.subnet[0].map_public_ip_on_launch
	violation := {
		"path": "associate_public_ip_address",
		"expected": "false, or a subnet without automatic public addresses",
		"actual": "left to a subnet that assigns public addresses",
		"related": [input.resource.related.subnet[0].id],
	}
}

# It is in code. An item of AWS Config has interfaces, and the addresses they have.
launches if not input.resource.interfaces_recorded

several_interfaces if count(input.resource.declared.launch_interfaces) > 1

left_to_subnet if {
	launches
	not several_interfaces
	input.resource.related.subnet[0]
	not is_boolean(input.resource.declared.associate_public_ip_address)
}
