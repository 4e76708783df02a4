"""What every look at a service of Amazon shares: keys, signed requests, and policies to set."""
