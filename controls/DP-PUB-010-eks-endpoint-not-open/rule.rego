# Amazon EKS User Guide, "Cluster API server endpoint": the public endpoint is on and open to 0.0.0.0/0 unless something
# else is said. Ranges broader than /8 name nobody, so two halves of the internet are as open as the whole.
package controls.dp_pub_010

import data.lib.net

deny contains violation if {
	input.resource.endpoint_public_access
	some i, cidr in input.resource.public_access_cidrs
	net.broad(cidr)
	violation := {
		"paths": ["endpoint_public_access", sprintf("public_access_cidrs[%d]", [i])],
		"expected": "no public endpoint, or named ranges",
		"actual": sprintf("a public endpoint for %s", [cidr]),
	}
}

# An empty list is the same as none: open to 0.0.0.0/0.
deny contains violation if {
	input.resource.endpoint_public_access
	count(input.resource.public_access_cidrs) == 0
	violation := {
		"paths": ["endpoint_public_access", "public_access_cidrs"],
		"expected": "no public endpoint, or named ranges",
		"actual": "a public endpoint for 0.0.0.0/0",
	}
}
