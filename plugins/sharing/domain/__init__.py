"""Pure rules of the sharing service."""
