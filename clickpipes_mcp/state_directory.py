"""Where this program keeps what it has to know again: a directory of the user's own."""

from pathlib import Path


def state_directory() -> Path:
    """The directory; it may not exist yet."""
    from platformdirs import user_state_path  # start-up time

    return user_state_path("clickpipes-mcp", appauthor=False)
