# Rests on "CloudTrail record contents" (AWS CloudTrail User Guide), on errorCode, and the Security Hub control CloudWatch.2.
# A pattern may leave out single calls and addresses that are refused day by day, as CIS does with HeadBucket and the
# delivery of logs. A filter that nobody is alarmed by fails; what no filter in the input matches may be watched from
# elsewhere.
package controls.log_005

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

samples := {code: sample |
	some code in input.params.errorCodes
	sample := {
		"$.errorCode": [code],
		"$.eventName": ["DescribeInstances", "CreateAccessKey"],
		"$.eventType": ["AwsApiCall"],
		"$.sourceIPAddress": ["203.0.113.7", "198.51.100.9"],
		"$.userIdentity.type": ["IAMUser", "AssumedRole", "FederatedUser"],
		"$.userIdentity.invokedBy": [],
	}
}
