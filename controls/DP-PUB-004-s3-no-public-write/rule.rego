# Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage": a bucket is public through its policy or
# through its access control list, and the public access block of the bucket or of its account takes either back. What
# merely blocks *new* public policies and lists (block_public_policy, block_public_acls) leaves those that exist.
#
# No policy and no ACL grant nothing. The account's block counts where the input shows it.
package controls.dp_pub_004

import data.lib.principal
import data.lib.s3

deny contains violation if {
	not s3.policy_restricted(input.resource)
	some i, statement in input.resource.facets.policy_statements
	principal.public(statement)
	some action in input.params.actions
	principal.allows(statement, action)
	violation := {
		"path": sprintf("facets.policy_statements[%d]", [i]),
		"expected": "no write action for callers that nothing pins",
		"actual": "public",
	}
}

deny contains violation if {
	some path, permissions in s3.public_grants(input.resource)
	some permission in permissions
	permission in input.params.permissions
	violation := {
		"path": path,
		"expected": "no grant to AllUsers or AuthenticatedUsers",
		"actual": sprintf("a public grant of %s", [permission]),
	}
}
