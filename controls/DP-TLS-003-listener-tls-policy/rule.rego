# User Guide for Application Load Balancers, "Security policies for your Application Load Balancer": the names of the
# policies say the lowest version that they accept. An omitted policy is ELBSecurityPolicy-2016-08, which accepts TLS
# 1.0, and fails. Listeners without TLS have no policy; DP-TLS-002 judges those.
package controls.dp_tls_003

deny contains violation if {
	input.resource.protocol in {"HTTPS", "TLS"}
	not modern
	violation := {"path": "ssl_policy", "expected": concat(" or ", input.params.policies)}
}

modern if {
	some pattern in input.params.policies
	glob.match(pattern, [], input.resource.ssl_policy)
}
