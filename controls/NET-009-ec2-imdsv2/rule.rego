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
}

required if {
	input.resource.http_tokens == "required"
	not left_out
}

required if {
	not input.resource.declared.http_tokens
	input.resource.related.launch_template[0].declared.http_tokens == "required"
}

# Neither the instance nor a template that can be looked at says anything.
left_out if {
	not input.resource.declared.http_tokens
	not template_elsewhere
}

template_elsewhere if {
	input.resource.launch_template
	not input.resource.related.launch_template[0]
}

disabled if input.resource.declared.http_endpoint == "disabled"

disabled if {
	not input.resource.declared.http_endpoint
	input.resource.related.launch_template[0].declared.http_endpoint == "disabled"
}
