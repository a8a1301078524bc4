# Rests on "Creating a trail for an organization" (AWS CloudTrail User Guide). A trail is one of its account only unless it
# says otherwise, so absent fails. One organization trail is enough: further trails may serve the account alone.
package controls.ct_log_005

deny contains violation if {
	not covered
	some trail in input.resources
	violation := {"resource": trail.id, "path": "is_organization_trail", "expected": "true"}
}

deny contains {"expected": "an organization trail"} if count(input.resources) == 0

covered if {
	some trail in input.resources
	trail.is_organization_trail
}
