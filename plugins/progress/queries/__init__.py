"""What is read of progress."""
