# Rests on "Security group rules for different use cases" (Amazon EC2 User Guide). RDP runs over TCP and, since version
# 8, over UDP on the same port; either is a way in. No ingress passes; one violation per rule that opens the port.
package controls.net_002

import data.lib.net

deny contains violation if {
	some entry in input.resource.facets.world_ingress
	position := entry.position
	open := net.world_ports(entry, {"tcp", "udp"}, input.params.ports)
	count(open) > 0
	violation := {
		"path": sprintf("ingress[%d]", [position]),
		"expected": sprintf("no source open to the world on port %s", [net.spell(open)]),
		"actual": sprintf("%s %v-%v open to the world", [entry.protocol, entry.from_port, entry.to_port]),
	}
}
