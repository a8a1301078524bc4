# Who may assume a role: statements of a trust policy in normal form, Principal a map of lists.
# Rests on "AWS JSON policy elements: Principal", "AWS global condition context keys" and "IAM JSON policy elements:
# Condition operators" (IAM User Guide), and on its page about identity-provider controls for shared OIDC providers.
package lib.trust

import data.lib.iam

# open_to_anyone(statement, keys): the statement lets any principal in, and no condition on one of `keys` (names in
# lower case) says who the caller is.
open_to_anyone(statement, keys) if {
	statement.Effect == "Allow"
	admits_every_principal(statement)
	not pinned(statement, keys)
}

admits_every_principal(statement) if {
	some principals in statement.Principal
	"*" in principals
}

# Allow with NotPrincipal admits everybody but the named ones.
admits_every_principal(statement) if statement.NotPrincipal

# open_to_strangers(statement, providers): the statement trusts an identity provider that the whole world shares, and no
# condition on the claim that says whose token it is. `providers` maps host names to claims.
open_to_strangers(statement, providers) if {
	statement.Effect == "Allow"
	iam.covers(statement, "sts:AssumeRoleWithWebIdentity")
	some host, claim in providers
	trusts(statement, host)
	not pinned(statement, [lower(sprintf("%s:%s", [host, claim]))])
}

trusts(statement, host) if {
	some principal in statement.Principal.Federated
	is_string(principal)
	endswith(principal, concat("", [":oidc-provider/", host]))
}

# A provider that is made together with the role has no ARN yet, its address stands for it; then the keys of the condition
# tell the host, and where none does it may be any.
trusts(statement, host) if host in asked_hosts(statement)

trusts(statement, _) if {
	some principal in statement.Principal.Federated
	is_string(principal)
	startswith(principal, "<")
	count(asked_hosts(statement)) == 0
}

# The hosts in keys such as `token.actions.githubusercontent.com:aud`.
asked_hosts(statement) := {host |
	some tests in statement.Condition
	some key, _ in tests
	host := split(lower(key), ":")[0]
	contains(host, ".")
}

# pinned(statement, keys): one of the keys has to have one of a set of values that all name somebody. Operators that also
# hold when the key is missing (`…IfExists`, `ForAllValues:…`, `Null`) or for everything but a value (`…Not…`) do not pin.
pinned(statement, keys) if {
	some operator, tests in statement.Condition
	lower(operator) in pinning_operators
	some key, values in tests
	lower(key) in keys
	all_name_somebody(values)
}

pinning_operators := {
	"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike",
	"foranyvalue:stringequals", "foranyvalue:stringequalsignorecase", "foranyvalue:stringlike",
	"foranyvalue:arnequals", "foranyvalue:arnlike",
}

all_name_somebody(values) if {
	every value in listed(values) {
		names_somebody(value)
	}
}

# A condition takes one value or a list of them.
listed(values) := values if is_array(values)

listed(value) := [value] if not is_array(value)

# A wildcard may stand for something inside the organisation, the account or the repository, not for one of them. An
# account id may be written as a number.
names_somebody(value) if {
	not is_null(value)
	holder := identity(sprintf("%v", [value]))
	holder != ""
	not regex.match(`[*?]`, holder)
}

# The part of the value that says whose it is: the account of an ARN, or its resource where it has none (S3); of other
# values what comes before the first separator, not counting a label such as `repo:`.
identity(arn) := holder if {
	startswith(arn, "arn:")
	holder := [part | some part in array.slice(split(arn, ":"), 4, 6); part != ""][0]
}

identity(text) := holder if {
	not startswith(text, "arn:")
	unlabelled := regex.replace(text, `^[a-z_]+:`, "")
	holder := regex.split(`[:/]`, unlabelled)[0]
}
