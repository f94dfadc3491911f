"""What the intake does: receive, parse, file, read, sort, decide. Every function takes the unit of work, none commits."""
