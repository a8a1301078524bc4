# RDS User Guide, "Backup retention period": 0 turns automated backups off. When nobody says otherwise the period is 0
# for an instance made by the Terraform provider and 1 day for one made through the API and for every cluster; each is
# shorter than any sensible minimum, and absent fails too.
#
# Aurora User Guide, "Overview of backing up and restoring an Aurora DB cluster": a cluster is backed up as a whole, so
# its members are not judged.
package controls.bck_001

import data.lib.rds

# A missing parameter must not let everything pass.
default minimum_days := 7

minimum_days := input.params.minimumRetentionDays

deny contains violation if {
	not rds.cluster_member(input.resource)
	not kept_long_enough
	violation := {"path": "backup_retention_period", "expected": sprintf(">= %d", [minimum_days])}
}

kept_long_enough if input.resource.backup_retention_period >= minimum_days
