# Kinesis Data Streams Developer Guide, "Data protection in Amazon Kinesis Data Streams": server-side encryption is
# off until started with a KMS key, the customer's or alias/aws/kinesis. Absent means NONE and fails; KMS without a
# key is refused by the service.
package controls.dp_enc_014

deny contains {"path": "encryption_type", "expected": "KMS"} if not uses_kms

deny contains {"path": "kms_key_id", "expected": "a KMS key"} if not input.resource.kms_key_id

uses_kms if input.resource.encryption_type == "KMS"
