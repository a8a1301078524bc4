# Amazon RDS User Guide, "Sharing a DB snapshot": a snapshot is private until it is shared, and public when one of the
# values of its restore attribute is `all`. CloudFormation has no resource for snapshots.
package controls.dp_pub_006

deny contains violation if {
	some i, account in input.resource.shared_accounts
	account == "all"
	violation := {"path": sprintf("shared_accounts[%d]", [i]), "expected": "account ids only"}
}
