# Secrets Manager User Guide, "Rotate AWS Secrets Manager secrets" and "Rotation schedules": a secret rotates when a
# rotation is attached to it; absent fails. The schedule is a number of days, rate(n days) or cron(…); cron runs at
# least once a year and is taken as written.
package controls.dp_sec_001

deny contains {"path": "rotation_enabled", "expected": "true"} if not input.resource.rotation_enabled

deny contains {"path": "rotation_days", "expected": at_most} if {
	input.resource.rotation_days > input.params.maximumDays
}

deny contains {"path": "rotation_schedule", "expected": at_most} if {
	regex.match(`^rate\([0-9]+ days?\)$`, input.resource.rotation_schedule)
	days := to_number(trim_prefix(split(input.resource.rotation_schedule, " ")[0], "rate("))
	days > input.params.maximumDays
}

at_most := sprintf("at most %d days", [input.params.maximumDays])
