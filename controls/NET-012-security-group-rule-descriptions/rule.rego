# Amazon VPC User Guide, "Security group rules": each rule may have a description; an empty one says nothing. The rule
# that EC2 adds by itself to let everything out has no author, so in code nobody can be asked for its reason.
package controls.net_012

deny contains violation if {
	some entry in input.resource.facets.rules
	position := entry.position
	entry.direction in input.params.directions
	entry.origin
	not entry.description
	violation := {
		"path": sprintf("%s[%d].description", [entry.direction, position]),
		"expected": "a description",
		"actual": "none",
	}
}
