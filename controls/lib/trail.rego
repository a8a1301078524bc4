# What a CloudTrail trail records beside management events. Rests on "Logging data events" and "Filtering data events by
# using advanced event selectors" (AWS CloudTrail User Guide). Selectors stand as their source wrote them, with the names
# of Terraform or of CloudFormation.
package lib.trail

# records_objects(trail): the trail is logging, and what is read from and written to objects in S3 is recorded.
records_objects(trail) if {
	trail.is_logging
	records(trail, "WriteOnly", "false")
	records(trail, "ReadOnly", "true")
}

# records_every_object(trail): and that for all buckets, as advanced selectors do that name no object or bucket.
records_every_object(trail) if {
	records_objects(trail)
	some selector in trail.advanced_event_selectors
	not "resources.ARN" in {name(condition) | some condition in conditions(selector)}
}

# records(trail, mode, read_only): a selector takes events of S3 objects, and more than those of this mode.
records(trail, mode, _) if {
	some selector in trail.event_selectors
	either(selector, "read_write_type", "ReadWriteType") != mode
	some resource in either(selector, "data_resource", "DataResources")
	either(resource, "type", "Type") == "AWS::S3::Object"
}

records(trail, _, read_only) if {
	some selector in trail.advanced_event_selectors
	selects_objects(selector)
	not requires(selector, "readOnly", read_only)
}

# A condition on anything else leaves events out.
selects_objects(selector) if {
	requires(selector, "eventCategory", "Data")
	requires(selector, "resources.type", "AWS::S3::Object")
	every condition in conditions(selector) {
		name(condition) in {"eventCategory", "resources.type", "resources.ARN", "readOnly"}
	}
}

requires(selector, field, value) if {
	some condition in conditions(selector)
	name(condition) == field
	value in either(condition, "equals", "Equals")
}

conditions(selector) := either(selector, "field_selector", "FieldSelectors")

name(condition) := either(condition, "field", "Field")

either(map, first, second) := object.get(map, first, object.get(map, second, []))
