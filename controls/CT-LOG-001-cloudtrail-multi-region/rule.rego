# Rests on "Understanding multi-Region trails and opt-in Regions" (AWS CloudTrail User Guide) and "CreateTrail" (API
# Reference). An omitted IsMultiRegionTrail is a trail for its home Region only, so absent fails. Each trail is judged
# by itself: a trail meant for one Region is an exception with an owner, not a rule.
package controls.ct_log_001

deny contains {"path": "is_multi_region_trail", "expected": "true"} if {
	not input.resource.is_multi_region_trail
}

deny contains {"path": "include_global_service_events", "expected": "true"} if {
	not input.resource.include_global_service_events
}
