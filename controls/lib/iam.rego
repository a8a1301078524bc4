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
is_administrator_access(arn) if {
	# An attachment that exists under a condition only is null where the condition does not hold.
	is_string(arn)
	endswith(arn, ":iam::aws:policy/AdministratorAccess")
}
