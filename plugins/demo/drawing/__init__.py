"""Draw the demonstration village's papers as an office scanner would hand them over, with the exact text beside each page."""
