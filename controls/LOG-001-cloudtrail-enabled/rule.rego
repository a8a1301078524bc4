# Rests on "Turning off logging for a trail" and "Working with CloudTrail trails" (AWS CloudTrail User Guide).
# A trail can exist and record nothing, so existence is not enough: every trail must log, and at least one must. A trail
# without `is_logging` counts as stopped. Which events a trail selects is not judged here, its Regions by CT-LOG-001.
package controls.log_001

deny contains {"resource": trail.id, "path": "is_logging", "expected": "true"} if {
	some trail in input.resources
	not trail.is_logging
}

deny contains {"expected": "at least one CloudTrail trail that is logging"} if not trail_is_logging

trail_is_logging if {
	some trail in input.resources
	trail.is_logging
}
