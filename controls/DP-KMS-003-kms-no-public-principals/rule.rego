# KMS Developer Guide, "Key policies in AWS KMS" and "AWS KMS condition keys". An omitted policy is the default one,
# which names the account. kms:ViaService says through what a request comes, not from whom, so it does not pin the
# caller. A Deny takes nothing back here: whether it covers every way in cannot be read off it.
package controls.dp_kms_003

import data.lib.principal

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	principal.public(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named principals, or a condition that pins the caller",
	}
}
