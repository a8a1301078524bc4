# Rests on "AWS Backup Vault Lock" (AWS Backup Developer Guide): a vault has no lock until it gets one. With a grace time
# (`lock_changeable_for_days`) the lock is in compliance mode and cannot be taken off when the time is over.
package controls.bck_005

deny contains {"path": "locked", "expected": sprintf("in %s mode", [concat(" or ", input.params.acceptedModes)])} if {
	not mode in input.params.acceptedModes
}

mode := "compliance" if input.resource.lock_changeable_for_days

mode := "governance" if {
	input.resource.locked
	not input.resource.lock_changeable_for_days
}
