# Rests on "Automatically upgrading the minor engine version" (RDS User Guide): on unless switched off, also for members of
# a cluster. A read replica takes the setting of its source, which its own configuration does not show.
package controls.vul_001

deny contains violation if {
	not input.resource.auto_minor_version_upgrade
	violation := {"path": "auto_minor_version_upgrade", "expected": "true"}
}
