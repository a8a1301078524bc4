# Rests on "AWS Management Console sign-in events" (AWS CloudTrail User Guide) and the Security Hub control CloudWatch.3.
# Federated users sign in with the second factor of their identity provider, which the event does not show, so a pattern
# may be limited to IAM users, and to sign-ins that succeeded. A filter that nobody is alarmed by fails; another filter may
# be elsewhere.
package controls.log_006

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

samples := {"console sign-ins without MFA": {
	"$.eventName": ["ConsoleLogin"],
	"$.eventSource": ["signin.amazonaws.com"],
	"$.eventType": ["AwsConsoleSignIn"],
	"$.additionalEventData.MFAUsed": ["No"],
	"$.responseElements.ConsoleLogin": ["Success"],
	"$.userIdentity.type": input.params.userTypes,
	"$.errorMessage": [],
}}
