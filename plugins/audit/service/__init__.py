"""What the auditor's desk does."""
