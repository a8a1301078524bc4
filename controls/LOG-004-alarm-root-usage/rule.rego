# Rests on "CloudTrail userIdentity element" (AWS CloudTrail User Guide) and the Security Hub control CloudWatch.1: the type
# is Root, nobody invoked the call on behalf of the account, and it is no event of a service. A pattern counts that matches
# whatever the root user does, also where it was refused. A filter that nobody is alarmed by fails; another filter may be
# elsewhere.
package controls.log_004

import data.lib.alarm

deny contains violation if {
	some filter in alarm.silent(input.resources, samples)
	violation := {"resource": filter, "path": "metric_name", "expected": "an alarm with an action on this metric"}
}

deny contains violation if {
	count(missed) > 0
	violation := {"expected": sprintf("a metric filter with an alarm for %s", [concat(", ", missed)])}
}

missed := alarm.missed(input.resources, samples)

samples := {"calls of the root user": {
	"$.userIdentity.type": ["Root"],
	"$.userIdentity.invokedBy": [],
	"$.eventType": ["AwsApiCall", "AwsConsoleSignIn"],
	"$.eventName": input.params.events,
}}
