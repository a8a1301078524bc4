# Rests on "AWS JSON policy elements: Principal" and on the page about identity-provider controls for shared OIDC providers
# (IAM User Guide). Judged is each statement of the trust policy; a Deny elsewhere does not excuse an open Allow. What pins
# the caller is a condition that names an organisation, an account or a principal; an external id or an address says who
# asks for it, not who they are.
package controls.iam_priv_005

import data.lib.trust

deny contains violation if {
	some i, statement in input.resource.facets.trust_statements
	trust.open_to_anyone(statement, input.params.pinningConditionKeys)
	violation := {
		"path": sprintf("facets.trust_statements[%d]", [i]),
		"expected": "named principals, or a condition that says who the caller is",
	}
}

deny contains violation if {
	some i, statement in input.resource.facets.trust_statements
	trust.open_to_strangers(statement, input.params.sharedIdentityProviders)
	violation := {
		"path": sprintf("facets.trust_statements[%d]", [i]),
		"expected": "a condition that says whose token of the shared identity provider it is",
	}
}
