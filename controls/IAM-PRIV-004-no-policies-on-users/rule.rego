# Rests on "Managed policies and inline policies" (IAM User Guide) and on the Security Hub control IAM.2. A user without
# policies of its own passes; what its groups grant is not judged here. A permissions boundary grants nothing. In
# CloudFormation a managed policy names its users itself, also those that are in no template.
package controls.iam_priv_004

deny contains {"path": "inline_policies", "expected": "none"} if {
	count(input.resource.inline_policies) > 0
}

deny contains {"path": "attached_users", "expected": "none"} if {
	count(input.resource.attached_users) > 0
}

deny contains {"path": "managed_policy_arns", "expected": "none"} if {
	count(input.resource.managed_policy_arns) > 0
}
