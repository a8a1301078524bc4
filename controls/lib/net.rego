# Security group rules in the canonical shape: one entry per peer, protocol names and port ranges already unified.
# Rests on "Security group rules" (Amazon VPC User Guide): a rule is a protocol, a port range and a source; protocol
# -1 is every protocol on every port, whatever ports are written next to it.
package lib.net

# world_ports(entry, protocols, ports): those of `ports` that `entry` opens to the whole internet for one of
# `protocols`. `open_to_world` is already the union over IPv4 and IPv6 ranges, so two halves of the internet count.
world_ports(entry, protocols, ports) := {port |
	some port in ports
	entry.open_to_world
	carries(entry, protocols)
	entry.from_port <= port
	port <= entry.to_port
}

# carries(entry, protocols): the entry lets one of `protocols` through.
carries(entry, protocols) if entry.protocol in protocols

carries(entry, _) if entry.protocol == "-1"

# spell(ports): the ports as text, in ascending order, for a message.
spell(ports) := concat(", ", [sprintf("%v", [port]) | some port in ports])

# broad(cidr): a range so wide that naming it restricts nobody: wider than /8 (IPv4) or /32 (IPv6), as "Blocking public
# access to your Amazon S3 storage" (Amazon S3 User Guide) draws the line. Two halves of the internet are broad.
broad(cidr) if prefix(cidr) < 8

broad(cidr) if {
	contains(cidr, ":")
	prefix(cidr) < 32
}

prefix(cidr) := to_number(split(cidr, "/")[1])
