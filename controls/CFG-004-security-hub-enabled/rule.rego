# Rests on "Enabling Security Hub" and "EnableSecurityHub" (AWS Security Hub User Guide and API Reference): a hub subscribes
# to the default standards unless told not to. The newer AWS::SecurityHub::HubV2 has no standards and counts as it is. One
# hub per account and Region; where the input shows none, another part may have it.
package controls.cfg_004

deny contains violation if {
	some hub in input.resources
	hub.kind == "securityhub_account"
	not hub.enable_default_standards
	not subscribed(hub)
	violation := {
		"resource": hub.id,
		"path": "enable_default_standards",
		"expected": "true, or a subscription to a standard",
	}
}

deny contains {"expected": "Security Hub in this account and Region"} if count(input.resources) == 0

subscribed(hub) if count(hub.standards) > 0
