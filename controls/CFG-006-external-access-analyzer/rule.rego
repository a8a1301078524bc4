# Rests on "Using AWS Identity and Access Management Access Analyzer" (IAM User Guide): analyzers for unused or internal
# access have types of their own and find nothing that is shared outside. One for external access per account and Region is
# asked for; where the input shows none, another part may have it.
package controls.cfg_006

deny contains {"expected": "an analyzer for external access in this account and Region"} if not external

external if {
	some analyzer in input.resources
	analyzer.attributes.type in input.params.externalTypes
}
