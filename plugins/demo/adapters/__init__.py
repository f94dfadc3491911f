"""How the demonstration reaches the application: as its users do."""
