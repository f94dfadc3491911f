"""The catalogue's commands: one function each, the unit of work first, never a commit."""
