# AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies": an endpoint without a policy lets
# everybody do everything. Wide open is a statement that allows anyone every action of a service on every resource, and
# has no condition on the caller or on whose the resource is. Gateway Load Balancer endpoints have no policies.
package controls.net_011

import data.lib.principal

deny contains violation if {
	not input.resource.vpc_endpoint_type == "GatewayLoadBalancer"
	some i, statement in input.resource.facets.policy_statements
	principal.public(statement)
	every_action(statement)
	every_resource(statement)
	not owner_pinned(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named principals, actions or resources",
		"actual": "everybody, every action, every resource",
	}
}

every_action(statement) if {
	some pattern in statement.Action
	regex.match(`^(\*|[^:]*:\**\*)$`, pattern)
}

every_action(statement) if statement.NotAction

every_resource(statement) if "*" in statement.Resource

every_resource(statement) if statement.NotResource

# The data perimeter: whoever calls, the resource is one of ours.
owner_pinned(statement) if {
	some operator, keys in statement.Condition
	lower(operator) in {"stringequals", "stringequalsignorecase", "stringlike"}
	some key, written in keys
	lower(key) in {"aws:resourceorgid", "aws:resourceaccount", "aws:resourceorgpaths"}
	every value in principal.as_list(written) {
		value != "*"
	}
}
