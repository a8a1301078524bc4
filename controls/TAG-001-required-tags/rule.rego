# Rests on "Best practices for tagging AWS resources" (AWS whitepaper). Tag keys are case-sensitive in AWS, so the
# accepted spellings of each required tag are listed: the parameters map the tag to them, an empty list waives the tag.
# Tags that come from the provider or the stack count. A blank value says as little as no tag and counts as missing.
package controls.tag_001

import data.lib.tags

deny contains {"path": sprintf("tags.%s", [tag]), "expected": "a value"} if {
	some tag, spellings in input.params
	count(spellings) > 0
	not tags.filled_in(input.resource.tags, spellings)
}
