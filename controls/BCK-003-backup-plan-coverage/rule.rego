# Rests on "Assigning resources to a backup plan" (AWS Backup Developer Guide): a selection covers what its ARNs, patterns and
# tags say, less what it names as not to be covered. The model joins the selections of all inputs. A resource that no
# selection covers may be covered by one that is not shown, so it fails only when the run says that nothing else exists;
# one that the selections leave out by name fails at once. The automatic backups of EFS are a plan of AWS Backup, too.
package controls.bck_003

deny contains {"path": "facets.backup_selected", "expected": "true"} if {
	not input.resource.facets.backup_selected
	not input.resource.backup_enabled
}

deny contains {"path": "facets.backup_excluded", "expected": "false"} if {
	input.resource.facets.backup_excluded
	not input.resource.backup_enabled
}
