# Rests on "IAM JSON policy elements: Action" and "… NotAction" (IAM User Guide) and on the Security Hub control IAM.21.
# Judged is the text of customer policies: own, inline and attached documents, whatever their resources and conditions,
# since a wildcard grows with the service. Allow with NotAction grants all other services whole, unless it names them
# all. No statements pass, Deny statements pass.
package controls.iam_priv_002

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	statement.Effect == "Allow"
	some action in statement.Action
	is_whole_service(action)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named actions instead of whole services",
	}
}

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	statement.Effect == "Allow"
	statement.NotAction
	not "*" in statement.NotAction
	violation := {"path": sprintf("facets.policy_statements[%d]", [i]), "expected": "Action instead of NotAction"}
}

# `s3:*`, `s3:**`, `s*:*` and `*`; with `?` only, as in `s3:??`, the names of the actions are limited. An element that exists
# under a condition only is null where the condition does not hold.
is_whole_service(action) if {
	is_string(action)
	regex.match(`^([^:]*:)?[*?]*\*[*?]*$`, action)
}
