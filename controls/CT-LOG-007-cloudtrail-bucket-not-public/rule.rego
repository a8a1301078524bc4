# Rests on "Blocking public access to your Amazon S3 storage", section "The meaning of public" (Amazon S3 User Guide): a
# policy is public when it admits everybody, unless a condition admits fixed values only; an ACL is public when it grants
# anything to a group of everybody or of everybody with an AWS account. A bucket has neither until somebody adds it, so
# absent passes. Judged are the buckets that a trail in the input delivers to.
package controls.ct_log_007

import data.lib.s3

deny contains {"path": path, "expected": "no grant to everybody"} if {
	keeps_a_trail
	some path, _ in s3.public_grants(input.resource)
}

deny contains {"path": "policy", "expected": "no statement that admits everybody"} if {
	keeps_a_trail
	input.resource.facets.policy_public
	not s3.policy_restricted(input.resource)
}

keeps_a_trail if count(input.resource.related.trails) > 0
