# EKS User Guide, "Encrypt Kubernetes secrets with KMS on existing clusters", and API Reference, EncryptionConfig: the
# one resource that can be named is `secrets`. Absent fails: since version 1.28 EKS encrypts by itself, with a key
# that AWS owns and whose use nobody sees.
package controls.dp_enc_016

deny contains {"path": "secrets_kms_key_arn", "expected": "a KMS key"} if not input.resource.secrets_kms_key_arn

deny contains {"path": "encrypted_resources", "expected": "secrets"} if not "secrets" in input.resource.encrypted_resources
