# Rests on "Locking objects with Object Lock" (Amazon S3 User Guide): Object Lock alone protects nothing until a version has
# a retention, which the default retention of the bucket gives to every new one; absent fails. Buckets for server access
# logs cannot have one and are not meant. Judged are the buckets that a trail or AWS Config in the input delivers to, and
# those that a tag marks.
package controls.log_002

deny contains violation if {
	keeps_evidence
	not locked
	violation := {
		"path": "object_lock_days",
		"expected": sprintf("a default retention of %v days or more", [input.params.minimumDays]),
	}
}

locked if {
	input.resource.object_lock_mode in input.params.modes
	input.resource.object_lock_days >= input.params.minimumDays
}

keeps_evidence if count(input.resource.related.trails) > 0

keeps_evidence if count(input.resource.related.delivery_channels) > 0

keeps_evidence if {
	some key in input.params.purposeTags
	input.resource.tags[key] in input.params.purposes
}
