"""The API key of a connection as it stands in its place now: rotated or withdrawn while we run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from clickpipes_mcp.file_changes import signature


@dataclass(frozen=True)
class ApiKey:
    """A key, and the files that lead to it."""

    id: str
    secret: SecretStr
    files: tuple[Path, ...] = ()


class LiveKey:
    """Reads a key again whenever one of the files that lead to it has changed."""

    def __init__(self, first: ApiKey, read: Callable[[], ApiKey]) -> None:
        self._key, self._read = first, read
        self._seen: object = _signatures(first.files)

    def current(self) -> ApiKey:
        """The key to use for the next request.

        Raises:
            InvalidSettings: It is no longer there; nothing is sent with the one that was.
        """
        seen = _signatures(self._key.files)
        if seen != self._seen:
            self._seen = None  # until it could be read
            read = self._read()
            # Where it leads elsewhere now, the next request looks there once more.
            self._seen = seen if read.files == self._key.files else None
            self._key = read
        return self._key


def _signatures(files: tuple[Path, ...]) -> object:
    return tuple(map(signature, files))
