"""What the sharing plugin puts into the host: the reader of agencies' keys."""
