# Rests on "Scan images for software vulnerabilities" and "Using filters" (Amazon ECR User Guide): nothing is scanned until
# asked for, on the repository or by a rule of the registry whose filter takes the repository in. A filter without a
# wildcard takes in the names that contain it. Continuous scanning includes the push.
package controls.vul_002

deny contains {"path": "scan_on_push", "expected": "true"} if {
	not input.resource.scan_on_push
	not registry_scans
}

# Terraform and CloudFormation spell the rules of a registry differently.
registry_scans if {
	some rule in input.resource.registry_scan_rules
	rule.scan_frequency in {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}
	some entry in rule.repository_filter
	takes_in(entry.filter)
}

registry_scans if {
	some rule in input.resource.registry_scan_rules
	rule.ScanFrequency in {"SCAN_ON_PUSH", "CONTINUOUS_SCAN"}
	some entry in rule.RepositoryFilters
	takes_in(entry.Filter)
}

takes_in(filter) if {
	name := regex.replace(filter, `[^a-z0-9*._/-]`, "#")
	expression := replace(replace(name, ".", `\.`), "*", ".*")
	regex.match(sprintf("^%s$", [expression]), input.resource.repository_name)
}

takes_in(filter) if contains(input.resource.repository_name, filter)
