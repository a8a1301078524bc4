# S3 User Guide, "Security best practices for Amazon S3" (enforce encryption of data in transit), and IAM User Guide,
# "IAM JSON policy elements: Condition operators". The conditions of a statement all have to hold, so a second one
# would leave requests out; a principal or action left out is a way in. BoolIfExists is not the documented form and
# does not count. No policy fails. The bucket and its objects may be covered by one statement or by two.
package controls.dp_tls_001

deny contains {"path": "policy", "expected": "a statement that denies every request without TLS"} if not requires_tls

requires_tls if {
	covers_bucket
	covers_objects
}

covers_bucket if {
	some statement in input.resource.policy.Statement
	denies_plain_http(statement)
	some arn in statement.Resource
	regex.match(`^(\*|arn:[^:]*:s3:::[^/]*)$`, arn)
}

# A wildcard at the end of the bucket's name covers what comes after the slash, too.
covers_objects if {
	some statement in input.resource.policy.Statement
	denies_plain_http(statement)
	some arn in statement.Resource
	regex.match(`^(\*|arn:[^:]*:s3:::[^/]*(/\*|\*))$`, arn)
}

denies_plain_http(statement) if {
	statement.Effect == "Deny"
	"*" in statement.Principal.AWS
	some action in statement.Action
	lower(action) in {"*", "s3:*"}
	without_tls(statement.Condition)
}

without_tls(condition) if {
	count(condition) == 1
	some operator, keys in condition
	operator == "Bool"
	count(keys) == 1
	some key, value in keys
	lower(key) == "aws:securetransport"
	value in [false, "false", ["false"], [false]]
}
