# Lambda Developer Guide, "Securing Lambda environment variables", ECS Developer Guide, "Pass sensitive data to an
# Amazon ECS container", CodeBuild User Guide, "Environment variables in build environments", and EC2 User Guide, "Run
# commands when you launch an EC2 instance with user data input". The resource model tells the name and the form of
# each value that is written down, never the value: a token of a known form, or a text that stands for itself. What
# refers to another resource, a parameter or a secret is no plaintext. Nothing written passes.
package controls.dp_sec_002

deny contains violation if {
	some i, entry in input.resource.plaintext
	not entry.form in {"text", "number", "switch", "reference", "empty"}
	violation := report(i, entry)
}

deny contains violation if {
	some i, entry in input.resource.plaintext
	entry.form == "text"
	names_secret(entry.name)
	violation := report(i, entry)
}

names_secret(name) if name in input.params.credentialNames

names_secret(name) if {
	matches_one(name, input.params.secretNames)
	not matches_one(name, input.params.harmlessNames)
}

matches_one(name, patterns) if {
	some pattern in patterns
	regex.match(pattern, lower(name))
}

# The name and the form: a report must not become one more place where the secret is written.
report(i, entry) := {
	"path": sprintf("plaintext[%d]", [i]),
	"expected": "a reference to a secret",
	"actual": sprintf("`%s` holds a value of the form %s", [entry.name, entry.form]),
}
