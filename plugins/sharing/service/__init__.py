"""One function per command of the sharing service."""
