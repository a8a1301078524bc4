# Rests on "Best practices for tagging AWS resources" (AWS whitepaper) and "Tag policies" (AWS Organizations User Guide). The
# schema is in the parameters: for each tag the spellings of its key and the values or the form that are approved. A tag that
# is missing or blank is a case for TAG-001. Values are compared with their case, as a bill or a condition would.
package controls.tag_002

import data.lib.tags

deny contains {"path": sprintf("tags.%s", [key]), "expected": concat(" or ", wanted)} if {
	some rule in input.params
	some key in tags.disapproved(input.resource.tags, rule)
	wanted := object.get(rule, "values", [object.get(rule, "pattern", "")])
}
