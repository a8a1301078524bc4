# Rests on "IAM JSON policy elements" and "Policy evaluation logic" (IAM User Guide) and, for the paths, on the service
# authorization reference: what each action does. All statements of a principal count together; a path is open when each of
# its actions is granted.
#
# Granted means: some Allow covers the action on resources that are not narrowed to something named, and no Deny without a
# condition takes it back everywhere. Of the conditions only those help that name the boundary or the policies that have to be
# used: others say when, not how much.
package controls.iam_priv_006

import data.lib.iam
import data.lib.trust

deny contains violation if {
	count(open_paths) > 0
	violation := {
		"paths": [sprintf("facets.policy_statements[%d]", [i]) | some i in granting],
		"expected": "no path of privilege escalation",
		"actual": sprintf("part of %s", [concat(", ", open_paths)]),
	}
}

open_paths contains name if {
	some name, actions in input.params.paths
	count(actions) > 0
	every action in actions {
		count(grants(action)) > 0
	}
}

granting contains i if {
	some name in open_paths
	some action in input.params.paths[name]
	some i in grants(action)
}

# The statements that grant the action.
grants(action) := {i |
	some i, statement in input.resource.facets.policy_statements
	statement.Effect == "Allow"
	iam.covers(statement, action)
	reaches_enough(statement, action)
	not trust.pinned(statement, input.params.limitingConditionKeys)
	not taken_back(action)
}

reaches_enough(statement, _) if iam.reaches_unnamed_resources(statement)

reaches_enough(statement, action) if {
	action in input.params.escalatingOnOneself
	some resource in statement.Resource
	is_string(resource)
	endswith(resource, "${aws:username}")
}

taken_back(action) if {
	some statement in input.resource.facets.policy_statements
	statement.Effect == "Deny"
	not statement.Condition
	iam.covers(statement, action)
	iam.reaches_every_resource(statement)
}
