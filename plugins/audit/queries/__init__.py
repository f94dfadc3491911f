"""What the auditor's desk shows."""
