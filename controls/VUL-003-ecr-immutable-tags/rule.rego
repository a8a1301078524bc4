# Rests on "Preventing image tags from being overwritten" (Amazon ECR User Guide): tags are mutable unless said otherwise,
# so absent fails.
package controls.vul_003

deny contains violation if {
	not input.resource.image_tag_mutability in input.params.acceptedSettings
	violation := {"path": "image_tag_mutability", "expected": concat(" or ", input.params.acceptedSettings)}
}
