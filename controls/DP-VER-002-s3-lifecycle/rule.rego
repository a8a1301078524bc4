# Amazon S3 User Guide, "Managing the lifecycle of objects": a bucket has no lifecycle rules until somebody writes some,
# and a rule with the status Disabled does nothing.
package controls.dp_ver_002

deny contains violation if {
	not "Enabled" in input.resource.lifecycle_rule_states
	violation := {"path": "lifecycle_rule_states", "expected": "at least one enabled rule"}
}
