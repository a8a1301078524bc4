# Amazon EBS User Guide, "Block public access for Amazon EBS snapshots": `block-all-sharing` also takes back what was
# public before; `block-new-sharing` leaves that public. A Region without a block allows public sharing.
#
# Who a single snapshot is shared with is not in the configuration: neither Terraform nor CloudFormation can make one
# public, so the block of the Region is what can be judged.
package controls.dp_pub_007

deny contains violation if {
	some block in input.resources
	not block.state == "block-all-sharing"
	violation := {"resource": block.id, "path": "state", "expected": "block-all-sharing"}
}

deny contains {"expected": "a block of public sharing"} if count(input.resources) == 0
