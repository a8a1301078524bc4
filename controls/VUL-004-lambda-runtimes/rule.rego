# Rests on "Lambda runtimes", runtime deprecation policy (AWS Lambda Developer Guide). Judged as of the instant of the run, so
# a verdict can be repeated. A function from a container image has no runtime and passes.
package controls.vul_004

deny contains violation if {
	deprecated := input.params.deprecated[input.resource.runtime]
	deprecated <= substring(input.context.now, 0, 10)
	violation := {
		"path": "runtime",
		"expected": "a supported runtime",
		"actual": sprintf("%s, deprecated on %s", [input.resource.runtime, deprecated]),
	}
}
