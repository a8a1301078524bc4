# Amazon VPC User Guide, "Network ACL rules": rules are evaluated by number, and the first that matches decides, so a rule
# that allows is harmless behind one that denies the same to everybody. An ACL that somebody creates denies everything
# until a rule allows. SSH and RDP run over TCP.
package controls.net_006

import data.lib.net

deny contains violation if {
	some i, entry in input.resource.ingress
	entry.action == "allow"
	entry.open_to_world
	some port in input.params.ports
	covers(entry, port)
	not decided_before(entry, port)
	violation := {
		"path": sprintf("ingress[%d]", [i]),
		"expected": sprintf("port %d not allowed from the internet", [port]),
		"actual": sprintf("%s %v-%v allowed", [entry.protocol, entry.from_port, entry.to_port]),
	}
}

# One with a lower number decides for everybody; if that one allows, it is the one to blame.
decided_before(entry, port) if {
	some earlier in input.resource.ingress
	earlier.open_to_world
	earlier.rule_number < entry.rule_number
	covers(earlier, port)
	contains(earlier.cidr, ":") == contains(entry.cidr, ":")
}

covers(entry, port) if {
	net.carries(entry, {"tcp"})
	entry.from_port <= port
	port <= entry.to_port
}
