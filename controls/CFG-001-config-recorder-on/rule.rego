# Rests on "Working with the configuration recorder" and "PutConfigurationRecorder" (AWS Config documentation), and on
# the CloudFormation page of AWS::Config::ConfigurationRecorder (it starts the recorder once a delivery channel exists).
# In Terraform a recorder without a status resource is never started, so absent fails. A list of types or of excluded
# types is a selection also where `all_supported` was left out: the API refuses both together.
package controls.cfg_001

deny contains {"path": "is_enabled", "expected": "true"} if not input.resource.is_enabled

deny contains {"path": "delivery_channel_present", "expected": "true"} if {
	not input.resource.delivery_channel_present
}

deny contains {"path": "all_supported", "expected": "true, without a selection of types"} if selective

selective if not input.resource.all_supported

selective if count(input.resource.resource_types) > 0

selective if count(input.resource.excluded_resource_types) > 0
