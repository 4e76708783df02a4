"""Finding pipes, commanding them, and waiting for them."""
