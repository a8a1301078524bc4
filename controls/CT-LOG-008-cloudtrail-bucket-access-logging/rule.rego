# Rests on "Logging requests with server access logging" (Amazon S3 User Guide) and the Security Hub control CloudTrail.7:
# by default no access logs are collected, so absent fails. Judged are the buckets that a trail in the input delivers to.
package controls.ct_log_008

deny contains {"path": "access_log_bucket", "expected": "a bucket for server access logs"} if {
	count(input.resource.related.trails) > 0
	not input.resource.access_log_bucket
}
