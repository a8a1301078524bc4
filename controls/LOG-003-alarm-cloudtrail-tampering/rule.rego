# Rests on "Creating CloudWatch alarms for CloudTrail events: examples" (AWS CloudTrail User Guide) and the Security Hub
# control CloudWatch.5. Any filter counts whose pattern matches the calls, in any order and spelling, and several may share
# them; so does an EventBridge rule with a target. A filter that nobody is alarmed by fails; what no filter in the input
# matches may be watched from elsewhere.
package controls.log_003

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

samples := {name: sample |
	some name, sample in alarm.calls("cloudtrail", input.params.events)
	not alarm.heard(input.resources, sample)
}
