# Rests on "Creating a backup plan" (AWS Backup Developer Guide): each rule has a lifecycle of its own, and without one
# its recovery points are kept until somebody deletes them. Plans often keep hourly points for days and daily ones for
# months, so the rule that keeps them longest decides.
package controls.bck_004

# A missing parameter must not let everything pass.
default minimum_days := 35

minimum_days := input.params.minimumDays[input.resource.environment]

minimum_days := input.params.minimumDays["default"] if not input.params.minimumDays[input.resource.environment]

deny contains violation if {
	not keeps_long_enough
	violation := {"path": "retention_days", "expected": sprintf("a rule that keeps recovery points >= %d days", [minimum_days])}
}

keeps_long_enough if {
	some days in input.resource.retention_days
	days >= minimum_days
}

keeps_long_enough if {
	some days in input.resource.retention_days
	days == null
}
