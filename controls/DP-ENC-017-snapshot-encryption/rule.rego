# RDS User Guide, "Encrypting Amazon RDS resources", and EBS User Guide, "Encrypt EBS snapshots": a snapshot is
# encrypted exactly when its source is, so the model takes the switch of an instance, cluster or volume in the same
# input. A copy is encrypted when asked for, or when its original is, which is unknown where nobody says so.
# CloudFormation makes no snapshots of these types.
package controls.dp_enc_017

deny contains {"path": "encrypted", "expected": "true"} if not input.resource.encrypted
