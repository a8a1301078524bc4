# DynamoDB Developer Guide, "Enable point-in-time recovery in DynamoDB": a table has it only after it was enabled.
# Absent counts as off.
package controls.bck_002

deny contains violation if {
	not input.resource.point_in_time_recovery_enabled
	violation := {"path": "point_in_time_recovery_enabled", "expected": "true"}
}
