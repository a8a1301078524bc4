# EBS User Guide, "Amazon EBS encryption": encryption is asked for when the volume is created and cannot be changed
# later.
#
# Absent counts as not encrypted. A Region with encryption by default would encrypt the volume all the same, but that
# setting lies outside the template and can be turned off; DP-ENC-005 asks for it as a second line.
package controls.dp_enc_004

deny contains violation if {
	not input.resource.encrypted
	violation := {"path": "encrypted", "expected": "true"}
}
