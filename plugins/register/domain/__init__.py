"""The register's rules: pure, no tables, no web."""
