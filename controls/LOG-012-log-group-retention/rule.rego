# Rests on "Change log data retention in CloudWatch Logs" (Amazon CloudWatch Logs User Guide): by default log data is kept
# indefinitely, so absent fails, as does Terraform's 0, which says the same.
package controls.log_012

deny contains violation if {
	not bounded
	violation := {
		"path": "retention_in_days",
		"expected": sprintf("%v to %v days", [input.params.minimumDays, input.params.maximumDays]),
	}
}

bounded if {
	input.resource.retention_in_days >= input.params.minimumDays
	input.resource.retention_in_days <= input.params.maximumDays
}
