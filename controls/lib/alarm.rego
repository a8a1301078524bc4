# From an event in a log to somebody who hears of it: what a filter pattern matches, and whether an alarm with an action
# watches the metric that counts the matches. Rests on "Filter pattern syntax for metric filters" (Amazon CloudWatch Logs
# User Guide), "Amazon EventBridge event patterns" (Amazon EventBridge User Guide) and "CloudTrail record contents".
#
# A sample describes events that have to raise an alarm: field → the values it may have, each of which has to be matched;
# an empty list where the events lack the field. A pattern covers a sample when it matches whatever the fields hold that
# the sample does not name: a term on one of those narrows the pattern and counts as false.
package lib.alarm

# calls(service, names): for each name the API call of the service, made by anyone, that was not refused.
calls(service, names) := {name: sample |
	some name in names
	sample := {
		"$.eventName": [name],
		"$.eventSource": [sprintf("%s.amazonaws.com", [service])],
		"$.eventType": ["AwsApiCall"],
		"$.userIdentity.type": ["Root", "IAMUser", "AssumedRole", "FederatedUser"],
		"$.userIdentity.invokedBy": [],
		"$.errorCode": [],
		"$.errorMessage": [],
		"source": [sprintf("aws.%s", [service])],
		"detail-type": ["AWS API Call via CloudTrail"],
	}
}

# silent(resources, samples): the metric filters that match a sample of which no filter makes anybody hear.
silent(resources, samples) := {filter.id |
	some sample in samples
	not answered(resources, sample)
	some filter in resources
	covers(filter.pattern, sample)
}

# missed(resources, samples): the names of the samples that no metric filter matches.
missed(resources, samples) := {name |
	some name, sample in samples
	not filtered(resources, sample)
}

filtered(resources, sample) if {
	some filter in resources
	covers(filter.pattern, sample)
}

answered(resources, sample) if {
	some filter in resources
	covers(filter.pattern, sample)
	some alarm in resources
	watches(alarm, filter)
	not apart(alarm, filter)
	acts(alarm)
}

# apart(one, other): in different Regions. A metric is in the Region of its filter, and an alarm sees its own Region only.
apart(one, other) if one.region != other.region

acts(alarm) if {
	alarm.actions_enabled
	alarm.facets.has_actions
}

watches(alarm, filter) if {
	alarm.metric_name == filter.metric_name
	alarm.namespace == filter.metric_namespace
}

# An alarm on an expression watches every metric in it.
watches(alarm, filter) if {
	filter.metric_name in alarm.query_metric_names
	filter.metric_namespace in alarm.query_namespaces
}

# covers(pattern, sample): for JSON patterns every comparison is replaced by T or F; then brackets, && and || are settled
# from the inside out, for six levels of brackets.
covers(pattern, sample) if {
	verdicts := [verdict |
		some parts in regex.find_all_string_submatch_n(comparison, pattern, -1)
		verdict := truth(parts, sample)
	]
	pieces := [piece |
		some i, text in regex.split(comparison, pattern)
		piece := concat("", [text, array.concat(verdicts, [""])[i]])
	]
	skeleton := regex.replace(concat("", pieces), `[ \t\r\n]`, "")
	regex.match(`^\{.*\}$`, skeleton)
	formula := sprintf("(%s)", [trim(skeleton, "{}")])
	settle(settle(settle(settle(settle(settle(formula)))))) == "T"
}

# A pattern of optional terms, as in `?StopLogging ?DeleteTrail`, matches every event with one of them.
covers(pattern, sample) if {
	terms := [term | some term in split(pattern, " "); term != ""]
	every term in terms {
		startswith(term, "?")
	}
	some term in terms
	some values in sample
	values == [trim(term, `?"`)]
}

comparison := `(\$\.[a-zA-Z.]+)[ \t\r\n]*(!=|=|NOT EXISTS)[ \t\r\n]*("[^"]*"|%[^%]*%|[a-zA-Z0-9_.*:/@-]+)?`

truth(parts, sample) := "T" if holds(parts[2], sample[parts[1]], parts[3])

truth(parts, sample) := "F" if not holds(parts[2], sample[parts[1]], parts[3])

holds("=", values, wanted) if {
	count(values) > 0
	every value in values {
		like(value, wanted)
	}
}

holds("!=", values, unwanted) if {
	count(values) > 0
	every value in values {
		not like(value, unwanted)
	}
}

holds("NOT EXISTS", values, "") if count(values) == 0

# like(value, operand): `*` stands for any text, and %…% holds a regular expression.
like(value, operand) if {
	literal := glob.quote_meta(trim(operand, `"`))
	glob.match(replace(literal, `\*`, "*"), null, value)
}

like(value, operand) if {
	startswith(operand, "%")
	expression := trim(operand, "%")
	regex.is_valid(expression)
	regex.match(expression, value)
}

# settle(formula): one round; what stands in the innermost brackets becomes T or F. && binds tighter than ||.
settle(formula) := none_true if {
	all_true := regex.replace(formula, `T(&&T)+`, "T")
	conjoined := regex.replace(all_true, `[TF](&&[TF])+`, "F")
	some_true := regex.replace(conjoined, `\([F|]*T[TF|]*\)`, "T")
	none_true := regex.replace(some_true, `\([F|]+\)`, "F")
}

# heard(resources, sample): an EventBridge rule on the default bus takes the events to a target. It sees the events of its
# own Region only, and calls on a trail are made in the Region of the trail.
heard(resources, sample) if {
	some rule in resources
	rule.state in {"ENABLED", "Enabled", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}
	rule.event_bus_name == "default"
	not trail_elsewhere(resources, rule)
	rule.facets.has_targets
	every key, listed in object.remove(rule.event_pattern, ["detail"]) {
		lists(listed, sample[key])
	}
	every key, listed in object.get(rule.event_pattern, "detail", {}) {
		lists(listed, sample[sprintf("$.%s", [key])])
	}
}

trail_elsewhere(resources, rule) if {
	some trail in resources
	trail.kind == "cloudtrail"
	apart(trail, rule)
}

lists(listed, values) if {
	count(values) > 0
	every value in values {
		value in listed
	}
}
