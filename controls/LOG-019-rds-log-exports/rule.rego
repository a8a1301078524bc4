# Rests on "Publishing database logs to Amazon CloudWatch Logs" (Amazon RDS User Guide and Aurora User Guide): nothing is
# exported until a log type is named, so absent fails. Members of a DB cluster write the logs that the cluster exports,
# which is judged in their place.
package controls.log_019

import data.lib.rds

deny contains {"path": "enabled_cloudwatch_logs_exports", "expected": "at least one log type"} if {
	not rds.cluster_member(input.resource)
	not exports
}

exports if count(input.resource.enabled_cloudwatch_logs_exports) > 0
