"""What every look at an object store shares: which files match, and what one of them holds."""
