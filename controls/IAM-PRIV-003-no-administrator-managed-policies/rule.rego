# Rests on "AWS managed policies for job functions" (IAM User Guide) and on the reference pages of both policies.
# Attached counts whoever makes the attachment: the principal itself, an attachment resource or an exclusive list. A
# permissions boundary does not excuse it, since it can be taken off.
package controls.iam_priv_003

import data.lib.iam

deny contains violation if {
	some name in input.params.policies
	some i, arn in input.resource.managed_policy_arns
	iam.is_aws_managed(arn, name)
	violation := {"path": sprintf("managed_policy_arns[%d]", [i]), "expected": sprintf("no %s", [name])}
}
