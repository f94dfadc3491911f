"""What the intake shows: plain values read in the actor's scope."""
