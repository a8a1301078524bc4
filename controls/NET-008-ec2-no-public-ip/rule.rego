# Amazon EC2 User Guide, "Amazon EC2 instance IP addressing": what the launch says decides; when it says nothing, the
# subnet does; an Elastic IP address can come later. An instance that runs has the addresses it has.
#
# So a launch that says nothing is judged by the subnet where the input shows it, and is unknown elsewhere. A launch
# template that says nothing leaves it to the launch. Amazon EC2 API Reference, InstanceNetworkInterfaceSpecification: with
# more than one interface nothing is assigned automatically, whatever the subnet says.
package controls.net_008

deny contains {"path": "public_ip_addresses", "expected": "none"} if count(input.resource.public_ip_addresses) > 0

deny contains {"path": "associate_public_ip_address", "expected": "false"} if {
	input.resource.declared.associate_public_ip_address
}

deny contains {"path": "elastic_ip", "expected": "no Elastic IP address"} if {
	launches
	input.resource.elastic_ip
}

deny contains violation if {
	launches
	not several_interfaces
	not is_boolean(input.resource.declared.associate_public_ip_address)
	input.resource.subnet_assigns_public_ip
	violation := {
		"path": "subnet_assigns_public_ip",
		"expected": "associate_public_ip_address false, or a subnet without automatic public addresses",
		"actual": "left to a subnet that assigns public addresses",
	}
}

# It is in code. An item of AWS Config has interfaces, and the addresses they have.
launches if not input.resource.interfaces_recorded

several_interfaces if count(input.resource.declared.launch_interfaces) > 1
