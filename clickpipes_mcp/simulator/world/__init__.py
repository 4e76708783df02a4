"""What exists in the simulated organization, and how it moves on with time."""
