# IAM statements in normal form: Action, NotAction, Resource and NotResource are lists of strings.
# Rests on "IAM JSON policy elements" (IAM User Guide), the pages on Action, NotAction, Resource and NotResource.
package lib.iam

# grants_administration(statement): the statement allows every action, IAM included, on every resource.
# A Condition does not lift the verdict: it says when the grant holds, not that it is small.
grants_administration(statement) if {
	statement.Effect == "Allow"
	reaches_every_action(statement)
	reaches_every_resource(statement)
}

reaches_every_action(statement) if {
	some action in statement.Action
	action in {"*", "*:*"}
}

# Allow with NotAction grants whatever the list does not name. Who keeps IAM can grant themselves the rest, so only a
# list that takes out all of IAM is less than administration.
reaches_every_action(statement) if {
	statement.NotAction
	not takes_out_iam(statement)
}

takes_out_iam(statement) if {
	some action in statement.NotAction
	lower(action) in {"iam:*", "*", "*:*"}
}

reaches_every_resource(statement) if "*" in statement.Resource

# Allow with NotResource grants every resource but the named ones.
reaches_every_resource(statement) if {
	statement.NotResource
	not "*" in statement.NotResource
}

# is_administrator_access(arn): the AWS managed policy AdministratorAccess, in any partition. Its namesakes such as
# AdministratorAccess-Amplify are policies of one service and not meant.
is_administrator_access(arn) if is_aws_managed(arn, "AdministratorAccess")

# is_aws_managed(arn, name): the AWS managed policy of this name (with its path, if it has one), in any partition.
is_aws_managed(arn, name) if {
	# An attachment that exists under a condition only is null where the condition does not hold.
	is_string(arn)
	endswith(arn, concat("", [":iam::aws:policy/", name]))
}

# covers(statement, action): the statement is about this action, such as `iam:PassRole`. NotAction is about every action
# that it does not name.
covers(statement, action) if {
	some pattern in statement.Action
	matches(pattern, action)
}

covers(statement, action) if {
	statement.NotAction
	not named(statement.NotAction, action)
}

named(patterns, action) if {
	some pattern in patterns
	matches(pattern, action)
}

# matches(pattern, action): action names know no case; `*` is any text and `?` any one character. A character that no
# action name has is kept from meaning something in the expression.
matches(pattern, action) if {
	is_string(pattern)
	plain := regex.replace(lower(pattern), `[^a-z0-9*?:_-]`, "#")
	expression := replace(replace(plain, "*", ".*"), "?", ".")
	regex.match(sprintf("^%s$", [expression]), lower(action))
}

# reaches_unnamed_resources(statement): the resources are not narrowed to any name: every one, every one of a type or of a
# path, as in `arn:aws:iam::111122223333:role/*`.
reaches_unnamed_resources(statement) if reaches_every_resource(statement)

reaches_unnamed_resources(statement) if {
	some pattern in statement.Resource
	is_string(pattern)
	regex.match(`^arn:[^:]*:[^:]*:[^:]*:[^:]*:([a-z-]*[:/])?[*?]*\*[*?]*$`, pattern)
}
