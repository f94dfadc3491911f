"""What the register's pages and commands read."""
