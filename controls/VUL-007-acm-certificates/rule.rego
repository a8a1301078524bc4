# Rests on "Certificate characteristics and limitations" and "Managed certificate renewal" (ACM User Guide) and on
# RequestCertificate and DescribeCertificate (ACM API Reference), which spell algorithms with `_` and with `-`.
#
# A certificate that is only requested has neither an end nor a status yet: its key is judged, nothing else. The end is
# compared with the instant of the run.
package controls.vul_007

deny contains violation if {
	not is_strong
	violation := {"path": "key_algorithm", "expected": concat(" or ", input.params.strongAlgorithms)}
}

deny contains violation if {
	days := input.params.minimumDaysLeft
	time.parse_rfc3339_ns(input.resource.not_after) < time.add_date(time.parse_rfc3339_ns(input.context.now), 0, 0, days)
	violation := {"path": "not_after", "expected": sprintf("at least %d days left", [days])}
}

deny contains violation if {
	input.resource.status in input.params.endedStatuses
	violation := {"path": "status", "expected": "issued"}
}

is_strong if replace(input.resource.key_algorithm, "-", "_") in input.params.strongAlgorithms
