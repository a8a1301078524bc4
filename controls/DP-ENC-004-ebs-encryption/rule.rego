# EBS User Guide, "Amazon EBS encryption": encryption is asked for when the volume is created and cannot be changed
# later. Volumes are also made by what launches instances: by an instance, a launch template or a launch configuration.
#
# Absent counts as not encrypted. A Region with encryption by default would encrypt the volume all the same, but that
# setting lies outside the template and can be turned off; DP-ENC-005 asks for it as a second line. The same holds for a
# root volume: its image may be encrypted, and code that leaves it to the image asks for nothing. Where a launch template
# may ask for it, nobody knows.
package controls.dp_enc_004

deny contains violation if {
	input.resource.kind == "ebs_volume"
	not input.resource.encrypted
	violation := {"path": "encrypted", "expected": "true"}
}

deny contains violation if {
	launches
	not root_encrypted
	violation := {"path": "root_volume_encrypted", "expected": "true"}
}

deny contains violation if {
	some i, encrypted in input.resource.ebs_volumes_encrypted
	not encrypted
	violation := {"path": sprintf("ebs_volumes_encrypted[%d]", [i]), "expected": "true"}
}

deny contains violation if {
	some i, encrypted in input.resource.volumes_encrypted
	not encrypted
	violation := {"path": sprintf("volumes_encrypted[%d]", [i]), "expected": "true"}
}

root_encrypted if {
	input.resource.root_volume_encrypted
	not left_out
}

left_out if {
	not is_boolean(input.resource.declared.root_volume_encrypted)
	not input.resource.launch_template
}

launches if input.resource.kind == "launch_configuration"

# The volumes of an instance that runs are items of their own.
launches if {
	input.resource.kind == "ec2_instance"
	not input.resource.interfaces_recorded
}
