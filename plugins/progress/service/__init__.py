"""What is done with progress: one function per command."""
