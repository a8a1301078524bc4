# User Guide for Application Load Balancers, "Security policies for your Application Load Balancer": the names of the
# policies say the lowest version that they accept. An omitted policy is ELBSecurityPolicy-2016-08, which accepts TLS
# 1.0, and fails. Listeners without TLS have no policy; DP-TLS-002 judges those. A policy that is written is judged
# whatever the protocol: it counts from the day that the protocol is HTTPS.
#
# User Guide for Classic Load Balancers, "SSL/TLS security policies for Classic Load Balancers": a listener accepts a
# predefined policy or a custom one. What a custom one accepts is not read; like AWS Config
# (elb-predefined-security-policy-ssl-check), the control asks for a predefined one.
package controls.dp_tls_003

deny contains violation if {
	tls_listener
	not modern(input.resource.ssl_policy)
	violation := {"path": "ssl_policy", "expected": concat(" or ", input.params.policies)}
}

deny contains violation if {
	some i, listener in input.resource.listeners
	listener.protocol in {"https", "ssl"}
	not modern(listener.ssl_policy)
	violation := {
		"path": sprintf("listeners[%d].ssl_policy", [i]),
		"expected": concat(" or ", input.params.policies),
	}
}

tls_listener if input.resource.protocol in {"HTTPS", "TLS"}

tls_listener if input.resource.declared.ssl_policy

modern(policy) if {
	some pattern in input.params.policies
	glob.match(pattern, [], policy)
}
