"""Rules of the auditor's desk; no web, no database."""
