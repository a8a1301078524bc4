# EBS User Guide, "Enable Amazon EBS encryption by default": a setting per account and Region, off until switched on.
# Absent in the resource means on (Terraform AWS provider, aws_ebs_encryption_by_default). CloudFormation has no such
# type and AWS Config records none, so only Terraform can show it; a Region without the resource says nothing, unless
# the input is complete.
package controls.dp_enc_005

deny contains {"resource": setting.id, "path": "enabled", "expected": "true"} if {
	some setting in input.resources
	not setting.enabled
}

deny contains {"expected": "EBS encryption by default in this account and Region"} if count(input.resources) == 0
