"""What the sharing service reads."""
