# Amazon VPC User Guide, "Security group rules": each rule may have a description; an empty one says nothing. The rule
# that EC2 adds by itself to let everything out has no author, so in code nobody can be asked for its reason.
package controls.net_012

deny contains violation if {
	some direction in input.params.directions
	some i, entry in rules[direction]
	entry.origin
	not entry.description
	violation := {
		"path": sprintf("%s[%d].description", [direction, i]),
		"expected": "a description",
		"actual": "none",
	}
}

rules := {"ingress": input.resource.ingress, "egress": input.resource.egress}
