# Tags against a schema. Rests on "Best practices for tagging AWS resources" (AWS whitepaper): tag keys are case-sensitive,
# so a schema lists the spellings of each key that are accepted.
package lib.tags

# filled_in(tags, spellings): one of the keys is there with a value that is not blank.
filled_in(tags, spellings) if {
	some key in spellings
	value := tags[key]
	not is_blank(value)
}

is_blank(value) if trim_space(sprintf("%v", [value])) == ""

# disapproved(tags, rule): the keys of `rule` that are there with a value it does not approve. `rule` has `keys` and, as it
# likes, `values` (the approved ones) and `pattern` (the form of a value). Blank values count as missing, not as wrong.
disapproved(tags, rule) := {key |
	some key in rule.keys
	value := tags[key]
	not is_blank(value)
	not approves(rule, value)
}

approves(rule, value) if {
	allowed(rule, value)
	well_formed(rule, value)
}

allowed(rule, _) if not rule.values

allowed(rule, value) if value in rule.values

well_formed(rule, _) if not rule.pattern

well_formed(rule, value) if regex.match(rule.pattern, value)
