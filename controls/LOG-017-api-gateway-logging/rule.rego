# Rests on "Set up CloudWatch logging for REST APIs in API Gateway" and "Monitor WebSocket APIs" (Amazon API Gateway
# Developer Guide): neither access logs nor execution logs are on by default, so absent fails. Access logs need a
# destination and a format; which fields are in it, the service checks. Execution logs count where they are on for every
# method of a REST API, or on the default route of a WebSocket API.
package controls.log_017

deny contains {"path": "access_log_destination", "expected": "access logs, or execution logs of every method"} if {
	not access_logs
	not execution_logs
}

access_logs if {
	input.resource.access_log_destination
	input.resource.access_log_format != ""
}

execution_logs if {
	"*/*" in input.resource.method_paths
	every level in input.resource.method_logging_level {
		level in input.params.executionLevels
	}
}

execution_logs if input.resource.default_route_logging_level in input.params.executionLevels
