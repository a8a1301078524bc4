# Amazon ECR User Guide, "Private repository policies": without a policy only the own account gets in. A repository in
# Amazon ECR Public is there for everybody ("Amazon ECR Public User Guide"). AWS Config does not record the policies.
package controls.dp_pub_013

import data.lib.principal

deny contains violation if {
	some i, statement in input.resource.facets.policy_statements
	principal.public(statement)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "named principals, or a condition that pins the caller",
		"actual": "public",
	}
}

deny contains violation if {
	input.resource.type == "aws_ecrpublic_repository"
	violation := {"path": "", "expected": "a private repository", "actual": "a repository in Amazon ECR Public"}
}
