"""Pure rules of the demonstration village: who lives there, what they hold, and the numbers on their papers."""
