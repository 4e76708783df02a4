"""What a journal is told of a write, and what it needs of a store that all replicas write to."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, Required

from typing_extensions import TypedDict


class IntentFacts(TypedDict, total=False):
    """What is told of a write before it is sent.

    `secrets` are references and hosts, put together by `note_secret`; `before` is what is
    changed, of which nothing may be secret.
    """

    tool: Required[str]
    operation: Required[str]
    service_id: str | None
    clickpipe_id: str | None
    name: str | None
    consent: str | None
    principal: str | None
    secrets: Sequence[str]
    digest: str | None
    connection: str | None
    state: str | None
    before: Mapping[str, object] | None


class OutcomeFacts(TypedDict, total=False):
    """What is told of a write beside how it ended."""

    clickpipe_id: str | None
    thing_id: str | None
    request_id: str | None


class SharedLines(Protocol):
    """Lines of a journal that all replicas write, and a copy here in which they are read."""

    @property
    def copy(self) -> Path: ...

    async def append(self, line_after: Callable[[str], str], *, must_last: bool) -> None:
        """Write a line, which is told the digest of the one before; then the copy has all of them.

        Raises:
            OSError: It is not written, or nobody knows whether it was.
        """

    async def catch_up(self) -> None:
        """Bring the copy up to date.

        Raises:
            OSError: The lines cannot be had.
        """
