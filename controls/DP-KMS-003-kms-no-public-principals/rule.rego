# KMS Developer Guide, "Key policies in AWS KMS" and "AWS KMS condition keys", and IAM User Guide, "IAM JSON policy elements: Condition
# operators". An omitted policy is the default one, which names the account. kms:ViaService says through what a request comes, not
# from whom. Operators that also hold when the key is missing (...IfExists, ForAllValues, Null) or for everything but a value do not
# pin the caller. A Deny takes nothing back here: whether it covers every way in cannot be read off it.
package controls.dp_kms_003

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	statement.Effect == "Allow"
	admits_everybody(statement)
	not pinned(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named principals, or a condition that pins the caller",
	}
}

admits_everybody(statement) if {
	some principals in statement.Principal
	"*" in principals
}

# Everybody but the named ones.
admits_everybody(statement) if statement.NotPrincipal

# All keys of a condition have to match, so one that pins is enough; the values of a key are alternatives.
pinned(statement) if {
	some operator, tests in statement.Condition
	trim_prefix(lower(operator), "foranyvalue:") in pinning_operators
	some key, values in tests
	lower(key) in caller_keys
	all_fixed(values)
}

pinning_operators := {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}

caller_keys := {lower(key) | some key in input.params.callerKeys}

all_fixed(written) if {
	values := as_list(written)
	count(values) > 0
	every value in values {
		fixed(value)
	}
}

as_list(values) := values if is_array(values)

as_list(value) := [value] if is_string(value)

# An ARN with wildcards is fixed where its account is, a path of an organization where the organization is.
fixed(value) if not regex.match(`[*?]`, value)

fixed(value) if regex.match(`^(arn:[^:]*:[^:]*:[^:]*:[^:*?]+:|o-[a-z0-9]+/)`, value)
