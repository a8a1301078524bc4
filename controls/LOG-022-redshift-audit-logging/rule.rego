# Rests on "Database audit logging" (Amazon Redshift Management Guide): audit logging is not turned on by default, so absent
# fails. It goes to a bucket, or to CloudWatch Logs for the log types that are exported; without a type nothing goes there.
package controls.log_022

deny contains {"path": "logging_bucket", "expected": "audit logging to a bucket or to CloudWatch Logs"} if not logs

logs if input.resource.logging_bucket

logs if {
	input.resource.log_destination_type == "cloudwatch"
	count(input.resource.log_exports) > 0
}
