# Rests on "Validating CloudTrail log file integrity" (AWS CloudTrail User Guide) and "CreateTrail" (API Reference).
# Validation is off unless it is switched on, so absent fails.
package controls.ct_log_002

deny contains {"path": "enable_log_file_validation", "expected": "true"} if {
	not input.resource.enable_log_file_validation
}
