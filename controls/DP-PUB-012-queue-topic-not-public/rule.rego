# Amazon SNS Developer Guide, "Example cases for Amazon SNS access control", and Amazon SQS Developer Guide, "Basic
# examples of Amazon SQS policies": without a policy only the owner gets in. AWS Config does not record the policies.
package controls.dp_pub_012

import data.lib.principal

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	principal.public(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named principals, or a condition that pins the caller",
		"actual": "public",
	}
}
