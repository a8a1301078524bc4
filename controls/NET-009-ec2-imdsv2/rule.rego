# Amazon EC2 User Guide, "Configure the instance metadata options": version 1 answers unless tokens are required or the
# service is off.
#
# An instance or template that says nothing takes what its image and the settings of the account say. Code that leaves it
# to them requires nothing, so absent fails. What an instance leaves open, its launch template decides.
package controls.net_009

deny contains {"path": "http_tokens", "expected": "required"} if {
	not required
	not disabled
}

required if {
	input.resource.http_tokens == "required"
	not left_out
}

# The launch template is judged in its place.
required if {
	not input.resource.declared.http_tokens
	input.resource.related.launch_template[0]
}

# Nobody says anything. A template that is not in the input may, and leaves the value unknown.
left_out if {
	not input.resource.declared.http_tokens
	not input.resource.launch_template
}

disabled if input.resource.declared.http_endpoint == "disabled"
