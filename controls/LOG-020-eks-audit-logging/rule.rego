# Rests on "Send control plane logs to CloudWatch Logs" (Amazon EKS User Guide): the log types are off until enabled one by
# one, so absent fails.
package controls.log_020

deny contains violation if {
	some wanted in input.params.logTypes
	not wanted in input.resource.enabled_cluster_log_types
	violation := {"path": "enabled_cluster_log_types", "expected": sprintf("`%s` among them", [wanted])}
}
