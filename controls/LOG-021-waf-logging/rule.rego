# Rests on "Logging AWS WAF protection pack (web ACL) traffic" (AWS WAF Developer Guide): logging has to be enabled for each
# web ACL with a configuration of its own, so absent fails. What a filter leaves out of the log is not judged.
package controls.log_021

deny contains {"path": "log_destinations", "expected": "a logging configuration"} if not logs

logs if count(input.resource.log_destinations) > 0
