"""The register's commands: verbs that take the unit of work first and never commit."""
