# KMS Developer Guide, "Rotate AWS KMS keys", and "GetKeyRotationStatus" (KMS API Reference): only symmetric encryption
# keys rotate automatically. The status of a key that AWS manages is always true, so such keys pass by themselves.
#
# Absent usage and spec mean the default of the service, a symmetric encryption key, which is judged; absent rotation
# counts as off. A replica of a multi-Region key rotates with its primary and has no switch of its own; it is another
# type, which the scope leaves out.
package controls.dp_kms_001

deny contains violation if {
	not cannot_rotate
	not input.resource.enable_key_rotation
	violation := {"path": "enable_key_rotation", "expected": "true"}
}

cannot_rotate if input.resource.key_usage != "ENCRYPT_DECRYPT"

cannot_rotate if input.resource.key_spec != "SYMMETRIC_DEFAULT"
