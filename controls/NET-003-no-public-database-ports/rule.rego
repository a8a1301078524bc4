# Rests on "Controlling access with security groups" (Amazon RDS User Guide) and its sisters for the other engines. The
# ports are a parameter because databases are moved off their defaults. One violation per rule, naming all open ports.
package controls.net_003

import data.lib.net

deny contains violation if {
	some entry in input.resource.facets.world_ingress
	position := entry.position
	open := net.world_ports(entry, {"tcp"}, input.params.ports)
	count(open) > 0
	violation := {
		"path": sprintf("ingress[%d]", [position]),
		"expected": sprintf("no source open to the world on port %s", [net.spell(open)]),
		"actual": sprintf("%s %v-%v open to the world", [entry.protocol, entry.from_port, entry.to_port]),
	}
}
