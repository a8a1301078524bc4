# Rests on "Logging IP traffic using VPC Flow Logs" (Amazon VPC User Guide) and, for the traffic type, on the Security
# Hub control EC2.6. A flow log on a subnet or an interface covers part of the network only; the model joins the flow
# logs of the VPC itself. Flow logs are off until created, so absent fails; accepted traffic alone does not show probes.
package controls.log_014

deny contains {"path": "flow_log_enabled", "expected": "true"} if not input.resource.flow_log_enabled

deny contains violation if {
	logs := input.resource.related.flow_logs
	count(logs) > 0
	every log in logs {
		not log.traffic_type in {"ALL", "REJECT"}
	}
	violation := {
		"path": "flow_log_enabled",
		"expected": "a flow log of ALL or REJECT traffic",
		"actual": "ACCEPT traffic only",
		"related": [log.id | some log in logs],
	}
}
