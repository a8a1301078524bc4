# AWS Lambda Developer Guide, "Viewing resource-based IAM policies in Lambda" and "Control access to Lambda function
# URLs": a function is private until a permission names somebody; each permission is a statement of its policy. A URL
# with authorization NONE is there for everybody.
package controls.dp_pub_011

import data.lib.principal

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	principal.public(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "a named principal, or a condition that pins the caller",
		"actual": "public",
	}
}

deny contains {"path": "url_auth_type", "expected": "AWS_IAM"} if input.resource.url_auth_type == "NONE"
