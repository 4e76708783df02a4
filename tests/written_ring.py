"""A keyring for a program of its own: a file that TEST_RING names, of secrets by name."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class WrittenRing(KeyringBackend):
    """Knows what the file held when it was asked."""

    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        held = json.loads(Path(os.environ["TEST_RING"]).read_text(encoding="utf-8"))
        found = held.get(f"{service} {username}")
        return None if found is None else str(found)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError(f"{service} is only read")
