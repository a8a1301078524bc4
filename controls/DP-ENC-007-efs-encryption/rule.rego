# EFS User Guide, "Encrypting data at rest": a file system is encrypted when it was asked for at creation, unless an
# account policy refuses other ones, which no template shows. Absent counts as not encrypted.
package controls.dp_enc_007

deny contains {"path": "encrypted", "expected": "true"} if not input.resource.encrypted
