# Rests on "Set an account password policy for IAM users" (IAM User Guide) and on UpdateAccountPasswordPolicy (IAM API
# Reference): what is left out goes back to 6 characters and to no memory, so absent fails. Without a policy in the
# configuration there is nothing to judge; that the account has one is a question for its account report.
package controls.iam_pwd_001

deny contains violation if {
	not long_enough
	violation := {"path": "minimum_password_length", "expected": sprintf(">= %d", [input.params.minimumLength])}
}

deny contains violation if {
	not remembers_enough
	violation := {"path": "password_reuse_prevention", "expected": sprintf(">= %d", [input.params.reusePrevention])}
}

long_enough if input.resource.minimum_password_length >= input.params.minimumLength

remembers_enough if input.resource.password_reuse_prevention >= input.params.reusePrevention
