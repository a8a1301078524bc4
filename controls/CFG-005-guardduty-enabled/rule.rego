# Rests on "Suspending or disabling GuardDuty" (Amazon GuardDuty User Guide): a suspended detector exists and watches
# nothing. One per account and Region; where the input shows none, another part may have it.
package controls.cfg_005

deny contains violation if {
	some detector in input.resources
	not detector.enable
	violation := {"resource": detector.id, "path": "enable", "expected": "true"}
}

deny contains {"expected": "a GuardDuty detector in this account and Region"} if count(input.resources) == 0
