# Rests on "Encrypting CloudTrail log files, digest files and event data stores with AWS KMS keys" (AWS CloudTrail
# User Guide). Without a key S3 still encrypts the files, with keys that anyone who may read the bucket may use; absent
# fails. Any key counts, in this account or another: which key is approved is a question for the key's own controls.
package controls.ct_log_003

deny contains {"path": "kms_key_id", "expected": "a KMS key"} if not input.resource.kms_key_id
