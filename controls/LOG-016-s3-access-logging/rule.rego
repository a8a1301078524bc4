# Rests on "Logging options for Amazon S3" (Amazon S3 User Guide): neither server access logs nor data events are collected
# by default, so absent fails. A bucket that receives the access logs of others is not judged, as logging it as well would
# feed on itself (Security Hub, S3.9). A trail counts when it is in the input and selects the bucket.
package controls.log_016

import data.lib.trail

deny contains {"path": "access_log_bucket", "expected": "server access logs, or data events of a trail"} if {
	not input.resource.access_log_bucket
	not input.resource.receives_access_logs
	not recorded
}

recorded if {
	some candidate in input.resource.related.data_event_trails
	trail.records_objects(candidate)
}
