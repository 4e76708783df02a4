"""A keyring of this process, in the place of the desktop's."""

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Ring(KeyringBackend):
    """Holds passwords by service and name; a locked one gives and takes nothing."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.takes_more = True

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.takes_more:
            raise OSError(1, "too long")
        self.held[service, username] = password


@pytest.fixture
def ring() -> Iterator[Ring]:
    """The keyring that the server under test finds."""
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)
