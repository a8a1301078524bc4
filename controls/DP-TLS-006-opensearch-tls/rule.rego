# OpenSearch Service Developer Guide, "Infrastructure security in Amazon OpenSearch Service" and "Node-to-node
# encryption for Amazon OpenSearch Service", and API Reference, DomainEndpointOptions. All three are off, or old,
# unless chosen; absent fails.
package controls.dp_tls_006

deny contains {"path": "enforce_https", "expected": "true"} if not input.resource.enforce_https

deny contains {"path": "node_to_node_encryption", "expected": "true"} if not input.resource.node_to_node_encryption

deny contains {"path": "tls_security_policy", "expected": concat(" or ", input.params.tlsPolicies)} if {
	not input.resource.tls_security_policy in input.params.tlsPolicies
}
