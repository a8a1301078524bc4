# Amazon EC2 User Guide, "Configure the instance metadata options": version 1 answers unless tokens are required or the
# service is off.
#
# An instance or template that says nothing takes what its image and the settings of the account say. Code that leaves it
# to them requires nothing, so absent fails. What an instance leaves open, its launch template decides: where that is in
# the input it is looked at; where it is not, nobody knows.
package controls.net_009

deny contains {"path": "http_tokens", "expected": "required"} if {
	not required
	not disabled
	not from_template
}

required if input.resource.declared.http_tokens == "required"

disabled if input.resource.declared.http_endpoint == "disabled"

from_template if {
	input.resource.launch_template
	not input.resource.declared.http_tokens
	template_requires
}

template_requires if input.resource.related.launch_template[0].declared.http_tokens == "required"

template_requires if input.resource.related.launch_template[0].declared.http_endpoint == "disabled"

# The template is not in the input: the value that the launch will have is unknown, and reported as such.
template_requires if {
	not input.resource.related.launch_template[0]
	input.resource.http_tokens == "required"
}
