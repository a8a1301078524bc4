# Rests on "Creating a backup plan" (AWS Backup Developer Guide): each rule has a lifecycle of its own, and without one
# its recovery points are kept until somebody deletes them. Plans often keep hourly points for days and daily ones for
# months, so the rule that keeps them longest decides. A missing parameter does not let everything pass.
package controls.bck_004

default environment := ""

environment := input.resource.environment

fallback := object.get(input.params.minimumDays, "default", 35)

minimum_days := object.get(input.params.minimumDays, environment, fallback)

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
