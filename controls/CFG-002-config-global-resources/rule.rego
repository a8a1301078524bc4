# Rests on "Recording AWS resources", on global resource types (AWS Config Developer Guide), and "RecordingGroup" (API
# Reference): they are recorded only where a recorder for all types includes them, names all of them, or excludes others. A
# recorder that leaves them out is no failure by itself, as that of another Region may take them; two that do are.
package controls.cfg_002

deny contains violation if {
	count(taking) > 1
	some recorder in taking
	violation := {
		"resource": recorder,
		"path": "include_global_resource_types",
		"expected": "true in one Region only",
	}
}

deny contains {"expected": "a recorder that includes global resource types"} if count(taking) == 0

taking contains id if {
	some recorder in input.resources
	takes_global(recorder)
	id := recorder.id
}

takes_global(recorder) if {
	recorder.all_supported
	recorder.include_global_resource_types
}

takes_global(recorder) if {
	every type in input.params.globalTypes {
		type in recorder.resource_types
	}
}

takes_global(recorder) if {
	count(recorder.excluded_resource_types) > 0
	every type in input.params.globalTypes {
		not type in recorder.excluded_resource_types
	}
}
