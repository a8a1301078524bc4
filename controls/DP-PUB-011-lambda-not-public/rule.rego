# AWS Lambda Developer Guide, "Viewing resource-based IAM policies in Lambda" and "Control access to Lambda function
# URLs": a function or a layer is private until a permission names somebody; each permission is a statement of its policy.
# A URL with authorization NONE is there for everybody.
#
# AWS Config Developer Guide, lambda-function-public-access-prohibited: a service is a named principal, except Amazon S3
# without a condition on its account. The ARN of a bucket has no account in it, and whoever creates a bucket of that name
# after it is deleted calls the function.
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

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	"s3.amazonaws.com" in statement.Principal.Service
	not of_an_account(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "the source account beside the bucket",
		"actual": "a bucket of any account",
	}
}

deny contains {"path": "url_auth_type", "expected": "AWS_IAM"} if input.resource.url_auth_type == "NONE"

of_an_account(statement) if {
	some keys in statement.Condition
	some key, _ in keys
	lower(key) in {"aws:sourceaccount", "aws:principalorgid"}
}
