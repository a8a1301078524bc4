# User Guide for Application Load Balancers, "Listeners for your Application Load Balancers" and "Action types for
# listener rules": HTTP is the only protocol there without TLS, and a redirect keeps the client's protocol unless it
# names another. TCP and UDP of a Network Load Balancer are judged by what runs inside, which nobody sees. An omitted
# protocol means HTTP (Terraform AWS provider), except with a Gateway Load Balancer, whose listeners have no port
# either. An action that is no redirect has no protocol to redirect to.
package controls.dp_tls_002

deny contains violation if {
	input.resource.protocol == "HTTP"
	not gateway
	not only_redirects
	violation := {"path": "protocol", "expected": "HTTPS, or a redirect to HTTPS"}
}

# Nothing is written that only other load balancers have.
gateway if {
	not input.resource.declared.protocol
	not input.resource.port
}

# User Guide for Classic Load Balancers, "Listeners for your Classic Load Balancer": HTTP there cannot redirect. TCP is judged
# by what runs inside, as for Network Load Balancers.
deny contains {"path": sprintf("listeners[%d].protocol", [i]), "expected": "HTTPS or SSL"} if {
	some i, listener in input.resource.listeners
	listener.protocol == "http"
}

only_redirects if {
	count(input.resource.redirect_protocol) > 0
	every protocol in input.resource.redirect_protocol {
		protocol == "HTTPS"
	}
}
