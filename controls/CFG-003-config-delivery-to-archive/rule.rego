# Rests on "Managing the delivery channel" (AWS Config Developer Guide) and "Log archive account" (AWS Security Reference
# Architecture). Which bucket is the archive nobody can tell from the channel, so its names are a parameter.
package controls.cfg_003

deny contains violation if {
	not archived
	violation := {
		"path": "s3_bucket_name",
		"expected": sprintf("one of %s", [concat(", ", input.params.archiveBuckets)]),
	}
}

archived if {
	some pattern in input.params.archiveBuckets
	glob.match(pattern, null, input.resource.s3_bucket_name)
}
