# RDS User Guide, "Requiring an SSL connection to a PostgreSQL DB instance", "Requiring SSL/TLS for all connections to
# a MySQL DB instance" (and MariaDB, SQL Server), Aurora User Guide, "Securing Aurora PostgreSQL data with SSL/TLS",
# and Redshift Management Guide, "Configuring security options for connections". A parameter that the group leaves out
# has the default of the engine; the default group cannot be changed. A group that the input does not show leaves the
# outcome unknown. Engines without such a parameter (Oracle and Db2 use options) are not judged. Members of a DB
# cluster have the parameters of their cluster and are out of scope.
package controls.dp_tls_005

speaks_postgres := {"postgres", "aurora-postgresql"}

speaks_mysql := {"mysql", "mariadb", "aurora-mysql", "aurora"}

deny contains {"path": "force_ssl", "expected": "rds.force_ssl = 1 in the parameter group"} if {
	forced_by_parameter
	not input.resource.force_ssl
	not required_by_default
}

deny contains violation if {
	input.resource.engine in speaks_mysql
	not input.resource.require_secure_transport
	violation := {"path": "require_secure_transport", "expected": "1 in the parameter group"}
}

deny contains {"path": "require_ssl", "expected": "true in the parameter group"} if {
	input.resource.kind == "redshift_cluster"
	not input.resource.require_ssl
	not newer_redshift_group
}

forced_by_parameter if input.resource.engine in speaks_postgres

forced_by_parameter if startswith(input.resource.engine, "sqlserver-")

required_by_default if {
	input.resource.engine == "postgres"
	major >= input.params.postgresRequiresSince
	not is_boolean(input.resource.force_ssl)
}

required_by_default if {
	input.resource.engine == "aurora-postgresql"
	major >= input.params.auroraPostgresRequiresSince
	not is_boolean(input.resource.force_ssl)
}

major := to_number(split(input.resource.engine_version, ".")[0])

# The groups of the family redshift-2.0 require TLS unless told otherwise.
newer_redshift_group if {
	input.resource.parameter_group_family == "redshift-2.0"
	not is_boolean(input.resource.declared.require_ssl)
}

newer_redshift_group if {
	input.resource.parameter_group_name == "default.redshift-2.0"
	not input.resource.parameter_group_family
}
