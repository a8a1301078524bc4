# Rests on "Service control policies (SCPs)" and "SCP evaluation" (AWS Organizations User Guide). A Deny counts when the
# policy is attached, the Deny is for every resource and its conditions let off nobody but named principals.
#
# Several policies protect together what is to be protected. A policy that denies a part of it and leaves a rest that no
# other denies is to blame; where nothing denies any of it, the policy may be in an input that is not shown.
package controls.iam_scp_001

import data.lib.iam
import data.lib.trust

deny contains violation if {
	some service, actions in input.params.protectedActions
	open := {action | some action in actions; not denied(action)}
	count(open) > 0
	some policy in input.resources
	means(policy, actions)
	violation := {
		"resource": policy.id,
		"path": "content",
		"expected": sprintf("an attached Deny without loopholes for %s", [concat(", ", open)]),
		"actual": sprintf("not enough for %s", [service]),
	}
}

deny contains {"expected": sprintf("a service control policy that denies %s", [action])} if {
	some actions in input.params.protectedActions
	some action in actions
	not denied(action)
}

is_service_control_policy(policy) if policy.attributes.type == "SERVICE_CONTROL_POLICY"

# The policy is about some of the actions, whether it denies them well or not.
means(policy, actions) if {
	is_service_control_policy(policy)
	some action in actions
	some statement in policy.content.Statement
	statement.Effect == "Deny"
	iam.covers(statement, action)
}

denied(action) if {
	some policy in input.resources
	is_service_control_policy(policy)
	count(policy.targets) > 0
	some statement in policy.content.Statement
	statement.Effect == "Deny"
	iam.covers(statement, action)
	iam.reaches_every_resource(statement)
	lets_off_named_principals_only(statement)
}

lets_off_named_principals_only(statement) if not statement.Condition

lets_off_named_principals_only(statement) if {
	every operator, tests in statement.Condition {
		regex.match(`(?i)^(ForAllValues:|ForAnyValue:)?(String|Arn)Not(Equals|EqualsIgnoreCase|Like)(IfExists)?$`, operator)
		every key, values in tests {
			lower(key) == "aws:principalarn"
			every value in trust.listed(values) {
				names_a_principal(value)
			}
		}
	}
}

# The account may be any, the name of the principal may end in anything, but something of it has to be said.
names_a_principal(arn) if regex.match(`^arn:[^:]*:(iam|sts)::[^:]*:[a-z-]+/.*[A-Za-z0-9]`, arn)
