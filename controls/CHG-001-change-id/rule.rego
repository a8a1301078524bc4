# Rests on "Best practices for tagging AWS resources" (AWS whitepaper): the change id is a tag of the resource, of the
# provider or of the stack. In a plan only what changes needs one; a template or source is a change as a whole. That the
# change goes through the deploy role is decided on CloudTrail events.
package controls.chg_001

deny contains violation if {
	not stays
	not well_formed
	violation := {"path": "change_id", "expected": sprintf("a change id of the form %s", [input.params.pattern])}
}

stays if input.resource.change.actions == ["no-op"]

well_formed if regex.match(input.params.pattern, input.resource.change_id)
