"""What the catalogue's pages show: reads inside the actor's scope that return frozen values."""
