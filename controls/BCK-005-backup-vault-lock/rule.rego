# Rests on "AWS Backup Vault Lock" (AWS Backup Developer Guide): a vault has no lock until it gets one. With a grace time
# (`lock_changeable_for_days`) it is in compliance mode and cannot be unlocked when the time is over.
package controls.bck_005

deny contains {"path": "locked", "expected": "true"} if not input.resource.locked

deny contains {"path": "lock_changeable_for_days", "expected": "compliance mode"} if {
	input.params.requireComplianceMode
	not input.resource.lock_changeable_for_days
}
