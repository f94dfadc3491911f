"""What touches files: the table of public holidays."""
