# KMS Developer Guide, "Delete an AWS KMS key": the waiting period is 7 to 30 days, 30 when nobody says. It is an
# argument of code only: AWS Config records it of keys whose deletion is scheduled, and the state of the key.
package controls.dp_kms_002

deny contains violation if {
	input.resource.deletion_window_in_days < input.params.minimumDays
	violation := {
		"path": "deletion_window_in_days",
		"expected": sprintf(">= %d", [input.params.minimumDays]),
	}
}

deny contains {"path": "key_state", "expected": "not scheduled for deletion"} if {
	input.resource.key_state in {"PendingDeletion", "PendingReplicaDeletion"}
}
