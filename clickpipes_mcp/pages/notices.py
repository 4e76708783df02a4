"""Open questions as files of this user, so that a terminal on the same machine finds them.

A file holds the link of a page and what is asked, no secret and no answer: the answer is given at
the page, by whichever program, and checked there.
"""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from clickpipes_mcp.consent import PendingQuestion
from clickpipes_mcp.private_file import open_private

_PRIVATE_DIRECTORY: Final = 0o700
_MOST_BYTES: Final = 16 * 1024
_ENDING: Final = ".json"


@dataclass(frozen=True)
class Notice:
    """An open question as a terminal sees it; `expires_at` is in seconds since the epoch."""

    link: str
    headline: str
    expires_at: int


class Notices:
    """The files of the questions that wait on this machine, whichever server asked them."""

    def __init__(self, state_directory: Path) -> None:
        self._directory = state_directory / "questions"
        self._posted: set[str] = set()

    def post(self, question: PendingQuestion, link: str) -> None:
        """Tell terminals of a question; where no file can be written, only the link is left."""
        notice = Notice(link, question.headline, question.expires_at)
        with contextlib.suppress(OSError):
            self._directory.mkdir(_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            descriptor = open_private(self._file(question.id), flags)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
                json.dump(asdict(notice), file)
            self._posted.add(question.id)

    def keep(self, is_open: Callable[[str], bool]) -> None:
        """Remove those of this server that are not open any more."""
        for question_id in [one for one in self._posted if not is_open(one)]:
            self._posted.discard(question_id)
            with contextlib.suppress(OSError):
                self._file(question_id).unlink()

    def read(self, now: float) -> list[Notice]:
        """All that are open, oldest first; those of servers that are gone are removed in time."""
        found = []
        for file in self._files():
            notice = _read(file)
            if notice is not None and notice.expires_at > now:
                found.append(notice)
            else:
                with contextlib.suppress(OSError):
                    file.unlink()
        return sorted(found, key=lambda notice: notice.expires_at)

    def _files(self) -> list[Path]:
        try:
            return [one for one in self._directory.iterdir() if one.suffix == _ENDING]
        except OSError:
            return []

    def _file(self, question_id: str) -> Path:
        return self._directory / f"{question_id}{_ENDING}"


def _read(file: Path) -> Notice | None:
    try:
        with os.fdopen(open_private(file, os.O_RDONLY), encoding="utf-8") as opened:
            told = json.loads(opened.read(_MOST_BYTES))
        return Notice(str(told["link"]), str(told["headline"]), int(told["expires_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
