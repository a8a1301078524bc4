# Rests on "Encrypt log data in CloudWatch Logs using AWS KMS" (Amazon CloudWatch Logs User Guide). Without a key the
# service encrypts with a key of its own, which nobody outside can grant, deny or audit; absent fails.
package controls.log_013

deny contains {"path": "kms_key_id", "expected": "a KMS key"} if not input.resource.kms_key_id
