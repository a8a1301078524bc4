# Amazon VPC User Guide, "Security group rules": a rule is a protocol, a port range and a source, and a group admits
# nothing until a rule says so. A range is authorised only where each of its ports is. Protocols without ports are open
# as a whole; protocol -1 is all of them.
package controls.net_004

deny contains violation if {
	some entry in input.resource.facets.world_ingress
	position := entry.position
	entry.open_to_world
	not authorized(entry)
	violation := {
		"path": sprintf("ingress[%d]", [position]),
		"expected": "open to the world on authorised ports only",
		"actual": "open to the world",
	}
}

authorized(entry) if every_port(entry, authorized_ports[entry.protocol])

authorized(entry) if entry.protocol in input.params.authorizedProtocols

authorized_ports := {"tcp": input.params.authorizedTcpPorts, "udp": input.params.authorizedUdpPorts}

# As many of the ports lie in the range as it has.
every_port(entry, ports) if {
	inside := {port |
		some port in ports
		entry.from_port <= port
		port <= entry.to_port
	}
	count(inside) == (entry.to_port - entry.from_port) + 1
}
