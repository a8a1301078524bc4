# CloudFront Developer Guide, "Requiring HTTPS for communication between viewers and CloudFront", "Supported protocols
# and ciphers between viewers and CloudFront" and "Requiring HTTPS for communication between CloudFront and your
# custom origin". With the certificate of CloudFront itself the lowest version is always TLSv1, whatever is written
# next to it; so it is without a version. Versions before 1.2 are deprecated by RFC 8996.
package controls.dp_tls_004

deny contains {"path": "viewer_protocol_policy", "expected": expected_policy} if {
	not input.resource.viewer_protocol_policy in input.params.viewerPolicies
}

deny contains {"path": sprintf("behavior_viewer_protocol_policies[%d]", [i]), "expected": expected_policy} if {
	some i, policy in input.resource.behavior_viewer_protocol_policies
	not policy in input.params.viewerPolicies
}

deny contains {"path": "minimum_protocol_version", "expected": "TLS 1.2 or later"} if {
	not input.resource.minimum_protocol_version in input.params.minimumProtocolVersions
}

deny contains violation if {
	input.resource.cloudfront_default_certificate
	violation := {
		"path": "cloudfront_default_certificate",
		"expected": "a certificate of your own, so that TLS 1.2 can be required",
	}
}

deny contains violation if {
	some protocol in input.params.deprecatedOriginProtocols
	protocol in input.resource.origin_ssl_protocols
	violation := {"path": "origin_ssl_protocols", "expected": sprintf("without %s", [protocol])}
}

expected_policy := concat(" or ", input.params.viewerPolicies)
