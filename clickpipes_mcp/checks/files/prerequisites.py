"""What ClickPipes needs of the files in any object store, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/object-storage.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import text_of
from clickpipes_mcp.checks.files.column_types import Columns
from clickpipes_mcp.checks.files.listing import Listing, latecomers
from clickpipes_mcp.checks.files.samples import FileFormat, Sampled
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.counting import counted

_MB: Final = 1024 * 1024
_LARGEST_BYTES: Final = 10 * 1024 * _MB
"""Larger files are not loaded; the error table tells of them."""


@dataclass(frozen=True)
class FileWish:
    """What a configuration asks for of the files; `pattern` is in the names of the store."""

    pattern: str
    format: FileFormat
    is_continuous: bool
    has_queue: bool
    start_after: str

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue], pattern: str) -> Self:
        """Reads it from a configuration under the API's keys."""
        return cls(
            pattern=pattern,
            format=FileFormat(
                text_of(configuration, "format"),
                text_of(configuration, "compression"),
                text_of(configuration, "delimiter"),
            ),
            is_continuous=configuration.get("isContinuous") is True,
            has_queue=bool(text_of(configuration, "queueUrl")),
            start_after=text_of(configuration, "startAfter"),
        )


@dataclass(frozen=True)
class FileFacts:
    """The files that match, and what one of them was found to be, if one could be read."""

    wish: FileWish
    listing: Listing
    sampled: Sampled | None

    @property
    def columns(self) -> Columns:
        return self.sampled.columns if self.sampled else []

    @property
    def sample(self) -> tuple[str, ...]:
        """The first lines of the file that was read."""
        return self.sampled.beginning if self.sampled else ()


Judge: TypeAlias = Callable[[FileFacts], Judged]


def _matching(facts: FileFacts) -> Judged:
    count = len(facts.listing.files)
    if count:
        return f"{count:,}{' or more' if facts.listing.is_cut else ''} files match."
    if facts.listing.is_cut:
        return Unseen(
            "None of the first files of the store matches, and there are more.",
            "Begin the path with a folder, or give start_after.",
        )
    behind = f" behind {facts.wish.start_after}" if facts.wish.start_after else ""
    return Flaw(
        f"No file{behind} matches {facts.wish.pattern}.",
        "Correct the path: * stops at a slash, and ** goes through folders; upper and lower case "
        "differ.",
    )


def _order(facts: FileFacts) -> Judged:
    if not facts.wish.is_continuous or facts.wish.has_queue or not facts.listing.files:
        return None
    late = latecomers(facts.listing.files)
    if not late:
        return "The names of the files sort as the files came."
    return Flaw(
        f"{counted(len(late), 'file was', 'files were')} written after one whose name sorts later: "
        f"{listed(one.key for one in late)}. While a pipe runs, such files are never read.",
        "Begin the names with the time, such as 2026/01/31/06-30, or read the events of the store "
        "through a queue where it has one.",
    )


def _sizes(facts: FileFacts) -> Judged:
    large = [one.key for one in facts.listing.files if one.size_bytes > _LARGEST_BYTES]
    if large:
        return Flaw(f"{listed(large)}: larger than 10 GB.", "Write smaller files.")
    return "No file is too large." if facts.listing.files else None


def _format(facts: FileFacts) -> Judged:
    return facts.sampled.found if facts.sampled else None


FILE_JUDGES: Final[Mapping[str, Judge]] = {
    "files-match": _matching,
    "key-order": _order,
    "file-size": _sizes,
    "format": _format,
}
"""By the id of the prerequisite, in the order in which a person would look."""


def notes_on(facts: FileFacts) -> Iterator[str]:
    """What is worth knowing of the files before a pipe is made."""
    count = len(facts.listing.files)
    if count:
        size = f"{facts.listing.size_bytes / _MB:,.0f} MB"
        more = ", and there are more" if facts.listing.is_cut else ""
        yield f"The first load reads {count:,} files, {size}{more}."
    if facts.columns:
        yield "Columns and types are proposed from the beginning of one file. Look through them."
