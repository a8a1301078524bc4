# Who a resource-based policy lets in: is a statement public?
#
# Rests on "Blocking public access to your Amazon S3 storage", section 'The meaning of "public"' (Amazon S3 User Guide),
# and on "IAM JSON policy elements: Condition operators" and "AWS global condition context keys" (IAM User Guide). A
# statement starts as public. It stops being so when it names its principals, or when a condition pins the caller to
# fixed values. Deny statements take nothing back here: whether one covers every way in cannot be read off it.
package lib.principal

import data.lib.net

# public(statement): the statement grants something to callers that it does not name and no condition pins.
public(statement) if {
	statement.Effect == "Allow"
	anyone(statement)
	not pinned(statement)
}

# A wildcard inside a principal is not accepted by IAM, and never means fewer than it says.
anyone(statement) if {
	some names in statement.Principal
	some name in names
	contains(as_text(name), "*")
}

# Everyone but the named ones.
anyone(statement) if statement.NotPrincipal

# pinned(statement): one condition that always holds for the caller, with fixed values only. All keys of a condition
# must match, so one of them is enough; the values of a key are alternatives, so each has to be fixed.
pinned(statement) if {
	some operator, keys in statement.Condition
	some key, written in keys
	pins(lower(operator), lower(key))
	every value in as_list(written) {
		fixed(lower(key), as_text(value))
	}
	count(as_list(written)) > 0
}

# An operator that must find the key and compare it. ForAllValues and the IfExists operators also hold when the request
# lacks the key, a negated operator holds for the rest of the world.
pins(operator, key) if {
	strip_set(operator) in {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
	key in caller_keys
}

pins(operator, "aws:sourceip") if strip_set(operator) == "ipaddress"

strip_set(operator) := trim_prefix(operator, "foranyvalue:")

caller_keys := {
	"aws:sourcearn",
	"aws:sourceaccount",
	"aws:sourceowner",
	"aws:sourceorgid",
	"aws:sourceorgpaths",
	"aws:sourcevpc",
	"aws:sourcevpce",
	"aws:vpceaccount",
	"aws:vpceorgid",
	"aws:principalaccount",
	"aws:principalarn",
	"aws:principalorgid",
	"aws:principalorgpaths",
	"aws:userid",
	"kms:calleraccount",
	"lambda:eventsourcetoken",
	"s3:dataaccesspointaccount",
	"s3:dataaccesspointarn",
}

# A range is a pin unless it is as broad as S3 calls public.
fixed("aws:sourceip", value) if not net.broad(value)

fixed(key, value) if {
	key != "aws:sourceip"
	not wild(value)
}

# An ARN with wildcards is fixed where its account is, or where it begins with what stands for the ARN of a resource of
# this input, as in <aws_sns_topic.alarms>.
fixed(key, value) if {
	key in {"aws:sourcearn", "aws:principalarn", "s3:dataaccesspointarn"}
	regex.match(`^(arn:[^:]*:[^:]*:[^:]*:([0-9]{12}|<[^:*?>]+>):|<[^>]+>)`, value)
}

# The ARN of a bucket has no account, and its name belongs to one bucket in the world.
fixed("aws:sourcearn", value) if regex.match(`^arn:[^:]*:s3:[^:]*:[^:]*:[^*?]+$`, value)

# Everything in an organization, and every session of one role.
fixed("aws:principalorgpaths", value) if regex.match(`^o-[a-z0-9]+/`, value)

fixed("aws:sourceorgpaths", value) if regex.match(`^o-[a-z0-9]+/`, value)

fixed("aws:userid", value) if regex.match(`^A[A-Z0-9]{15,}:`, value)

wild(value) if contains(value, "*")

wild(value) if contains(value, "?")

# Policy variables such as ${aws:username} are whatever the caller is.
wild(value) if contains(value, "${")

as_list(value) := value if is_array(value)

as_list(value) := [value] if not is_array(value)

# Account numbers lose their quotes now and then.
as_text(value) := value if is_string(value)

as_text(value) := sprintf("%v", [value]) if is_number(value)

# allows(statement, action): the statement names the action, by a pattern or by leaving it out of NotAction. The action may be
# a pattern, too: it is met where one of the two covers the other.
allows(statement, action) if {
	some pattern in statement.Action
	matches(pattern, action)
}

allows(statement, action) if {
	some pattern in statement.Action
	matches(action, pattern)
}

allows(statement, action) if {
	statement.NotAction
	not excepts(statement, action)
}

excepts(statement, action) if {
	some pattern in statement.NotAction
	matches(pattern, action)
}

matches(pattern, action) if glob.match(lower(pattern), [], lower(action))
