# S3 User Guide, "Retaining multiple versions of objects with S3 Versioning": a bucket is unversioned until somebody
# enables versioning, and a suspended bucket keeps no new versions. Only Enabled counts; absent counts as unversioned.
#
# "Object Lock considerations": a bucket created with Object Lock has versioning, and it can never be suspended there.
# What the author declared is read, so that an assumed default has no part in a pass.
package controls.dp_ver_001

deny contains violation if {
	not versioned
	violation := {"path": "versioning_enabled", "expected": "true"}
}

versioned if input.resource.versioning_enabled

versioned if input.resource.declared.object_lock_enabled
