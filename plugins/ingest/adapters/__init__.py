"""What intake uses from outside: image and PDF libraries, recognition engines, child processes."""
