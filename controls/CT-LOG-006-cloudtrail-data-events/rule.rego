# Rests on "Logging data events" (AWS CloudTrail User Guide): trails do not log data events by default, so absent fails. A
# trail has to record reading and writing of objects in S3; a bucket with classified data has to be among those it
# selects. Without any trail in the input nothing can be said.
package controls.ct_log_006

import data.lib.trail

deny contains violation if {
	count(recording) == 0
	some candidate in input.resources
	candidate.kind == "cloudtrail"
	violation := {
		"resource": candidate.id,
		"path": "event_selectors",
		"expected": "read and write data events of S3 objects",
	}
}

deny contains violation if {
	count(recording) > 0
	some bucket in input.resources
	lower(bucket.data_classification) in input.params.classifications
	not recorded(bucket)
	violation := {
		"resource": bucket.id,
		"path": "bucket",
		"expected": "a trail that records its data events",
		"related": [id | some id in recording],
	}
}

deny contains {"expected": "a trail that records data events of S3 objects"} if {
	every resource in input.resources {
		resource.kind != "cloudtrail"
	}
}

recording contains id if {
	some candidate in input.resources
	trail.records_objects(candidate)
	id := candidate.id
}

recorded(bucket) if {
	some candidate in bucket.related.data_event_trails
	trail.records_objects(candidate)
}

recorded(_) if {
	some candidate in input.resources
	trail.records_every_object(candidate)
}
