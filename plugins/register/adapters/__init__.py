"""The register's outside: spreadsheet files in and out."""
