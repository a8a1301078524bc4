# Rests on "Best practices for tagging AWS resources" (AWS whitepaper): the change id is a tag of the resource, of the
# provider or of the stack. In a plan only what changes needs one; a template or source is a change as a whole. That the
# change goes through the deploy role is decided on CloudTrail events.
package controls.chg_001

deny contains {"path": "tags", "expected": expected} if {
	not stays
	not carries_change_id
	expected := sprintf("%s with a change id of the form %s", [concat(" or ", input.params.keys), input.params.pattern])
}

stays if input.resource.change.actions == ["no-op"]

carries_change_id if {
	some key in input.params.keys
	regex.match(input.params.pattern, input.resource.tags[key])
}
