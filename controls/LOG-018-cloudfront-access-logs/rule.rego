# Rests on "Access logs (standard logs)" (Amazon CloudFront Developer Guide), legacy and v2: logging is off until switched
# on, so absent fails. Version 2 is a delivery source of type ACCESS_LOGS for the distribution; without a delivery from it
# nothing is written.
package controls.log_018

deny contains {"path": "logging_bucket", "expected": "standard logging, to a bucket or by a log delivery"} if {
	not input.resource.logging_bucket
	not delivered
}

delivered if {
	some source in input.resource.related.log_sources
	source.log_type == "ACCESS_LOGS"
	source.delivering
}
