# Redshift Management Guide, "Amazon Redshift database encryption". Whether a cluster is encrypted without being asked
# changed over the years: version 6 of the Terraform AWS provider asks for it, older ones do not, and clusters created
# before 2025 started without. The code does not show which holds, so encryption has to be declared; absent fails.
package controls.dp_enc_008

deny contains {"path": "encrypted", "expected": "true, declared"} if not input.resource.declared.encrypted
