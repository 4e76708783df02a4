"""What can be done to simulated pipes, and what they then show."""
