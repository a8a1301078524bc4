# Rests on "Sending CloudTrail events to CloudWatch Logs" (AWS CloudTrail User Guide). A trail sends nothing to CloudWatch
# Logs until it is given a log group, so absent fails. Whether alarms watch the log group is a question of LOG-003 to
# LOG-011.
package controls.ct_log_004

deny contains {"path": "cloud_watch_logs_group_arn", "expected": "a log group"} if {
	not input.resource.cloud_watch_logs_group_arn
}
