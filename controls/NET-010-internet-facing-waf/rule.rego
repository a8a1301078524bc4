# AWS WAF Developer Guide, "Associating protection with an AWS resource": nothing is protected until a web ACL is
# associated. WAF works on application load balancers, not on network and gateway ones; one that is internal is not what
# this control is about. A load balancer is internet-facing and of type application unless it says otherwise. AWS Config
# records the web ACL of a distribution; that of a load balancer it does not, which stays unknown there.
package controls.net_010

deny contains {"path": "web_acl_arn", "expected": "a web ACL"} if {
	input.resource.load_balancer_type == "application"
	not input.resource.internal
	not input.resource.web_acl_arn
}

deny contains {"path": "web_acl_id", "expected": "a web ACL"} if {
	input.resource.kind == "cloudfront_distribution"
	not input.resource.web_acl_id
}
