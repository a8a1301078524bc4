# Kinesis Data Streams Developer Guide, "Data protection in Amazon Kinesis Data Streams": server-side encryption is off
# until started with a KMS key, the customer's or alias/aws/kinesis. Absent means NONE and fails.
package controls.dp_enc_014

deny contains {"path": "encryption_type", "expected": "KMS"} if not uses_kms

uses_kms if input.resource.encryption_type == "KMS"
