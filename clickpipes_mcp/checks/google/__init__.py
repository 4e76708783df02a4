"""What every look at Google Cloud shares: the key that is logged in with, and the requests."""
