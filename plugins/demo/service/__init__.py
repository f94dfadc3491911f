"""Building the demonstration, step by step, through the application itself."""
