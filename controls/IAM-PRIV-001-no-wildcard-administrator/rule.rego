# Rests on "IAM JSON policy elements" and "AWS managed policies for job functions" (IAM User Guide).
# Judged is what is granted: own, inline and attached documents of a role, user, group or managed policy. No statements
# pass, Deny statements pass, and a permissions boundary does not excuse the grant, since it can be taken off.
package controls.iam_priv_001

import data.lib.iam

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	iam.grants_administration(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named actions on named resources",
	}
}

deny contains {"path": "managed_policy_arns", "expected": "no AdministratorAccess"} if {
	some arn in input.resource.managed_policy_arns
	iam.is_administrator_access(arn)
}
