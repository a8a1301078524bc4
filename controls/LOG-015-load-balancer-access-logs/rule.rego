# Rests on "Access logs for your Application Load Balancer", the same for Network and Classic Load Balancers (Elastic Load
# Balancing User Guides): access logs are disabled by default, so absent fails. On a Network Load Balancer they hold TLS
# requests. A Gateway Load Balancer offers no access logs and is not judged.
package controls.log_015

deny contains {"path": "access_logs_enabled", "expected": "true"} if {
	not input.resource.load_balancer_type in input.params.typesWithoutAccessLogs
	not input.resource.access_logs_enabled
}
