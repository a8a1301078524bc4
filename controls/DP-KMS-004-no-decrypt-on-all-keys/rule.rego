# KMS Developer Guide, "Best practices for IAM policies" (avoid "Resource": "*"), and the Security Hub controls KMS.1
# and KMS.2. A Condition does not lift the verdict: it says when the grant holds, not for which keys. Every key is
# also what a wildcard in place of the key's id means, in one account or Region, and what NotResource leaves over.
# Judged are own, inline and attached documents.
package controls.dp_kms_004

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	statement.Effect == "Allow"
	decrypts(statement)
	reaches_every_key(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": sprintf("named keys for %s", [concat(", ", input.params.actions)]),
	}
}

decrypts(statement) if {
	some pattern in statement.Action
	matches_any(pattern)
}

decrypts(statement) if {
	statement.NotAction
	some action in input.params.actions
	not excepted(statement, action)
}

matches_any(pattern) if {
	some action in input.params.actions
	matches(pattern, action)
}

excepted(statement, action) if {
	some pattern in statement.NotAction
	matches(pattern, action)
}

# Names of actions know no case; `*` is any text and `?` any one character.
matches(pattern, action) if {
	plain := regex.replace(lower(pattern), `[^a-z0-9*?:]`, "#")
	expression := replace(replace(plain, "*", ".*"), "?", ".")
	regex.match(sprintf("^%s$", [expression]), lower(action))
}

reaches_every_key(statement) if {
	some pattern in statement.Resource
	regex.match(`^([*]+|arn:[^:]*:(kms|[*]+)(:[^:]*){0,2}:(key/)?[*]+|arn:[*]+)$`, pattern)
}

reaches_every_key(statement) if {
	statement.NotResource
	not "*" in statement.NotResource
}
