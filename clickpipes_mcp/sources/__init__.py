"""The kinds of source a ClickPipe can read from, each in its own room, and ways to find one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast, overload

from typing_extensions import override

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.sources._pipe import Column, FieldMapping
from clickpipes_mcp.sources._settings import SETTING_DEFAULTS, PipeSettings

__all__ = [
    "SETTING_DEFAULTS",
    "SOURCES",
    "SOURCE_KEYS",
    "SOURCE_TITLES",
    "Column",
    "FieldMapping",
    "PipeSettings",
    "known_name",
    "source_called",
    "source_named",
    "source_of",
]

SOURCE_TITLES: Final = MappingProxyType(
    {
        "kafka": "Kafka",
        "kinesis": "Amazon Kinesis",
        "s3": "Amazon S3",
        "gcs": "Google Cloud Storage",
        "azure_blob": "Azure Blob Storage",
        "postgres": "PostgreSQL",
        "mysql": "MySQL and MariaDB",
        "mongodb": "MongoDB",
        "bigquery": "BigQuery",
        "pubsub": "Google Cloud Pub/Sub",
    }
)
"""The title of each by its key, which is the name of its room: known before that is opened."""

SOURCE_KEYS: Final = tuple(SOURCE_TITLES)


class _Rooms(Sequence[SourceSpec]):
    """What stands in the rooms. Their models are imported when one is asked for: start-up time."""

    @overload
    def __getitem__(self, index: int) -> SourceSpec: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[SourceSpec]: ...

    @override
    def __getitem__(self, index: int | slice) -> SourceSpec | Sequence[SourceSpec]:
        return _specs()[index]

    @override
    def __iter__(self) -> Iterator[SourceSpec]:
        return iter(_specs())

    @override
    def __len__(self) -> int:
        return len(SOURCE_KEYS)


@cache
def _specs() -> tuple[SourceSpec, ...]:
    rooms = (import_module(f"{__name__}.{key}") for key in SOURCE_KEYS)
    return tuple(cast("SourceSpec", room.SPEC) for room in rooms)


SOURCES: Final[Sequence[SourceSpec]] = _Rooms()

_BETWEEN_WORDS = re.compile(r"[\s_./-]+")


@cache
def _sources_by_name() -> Mapping[str, tuple[str, SourceSpec]]:
    """Every name of a source without spaces and capitals, with the API's word for it."""
    found: dict[str, tuple[str, SourceSpec]] = {}
    for source in SOURCES:
        names = {source.key: "", source.title: "", **source.also_called}
        found |= {_plain(name): (meant or source.key, source) for name, meant in names.items()}
    for source in SOURCES:
        for name in source.types:
            found.setdefault(_plain(name), (name, source))
    return found


def _plain(name: str) -> str:
    return _BETWEEN_WORDS.sub("", name).casefold()


def source_called(name: str) -> SourceSpec | None:
    """The source of that key, flavour or everyday name; None where nobody calls one so."""
    found = _sources_by_name().get(_plain(name))
    return found and found[1]


def known_name(name: str) -> str | None:
    """A source's name as this package writes it: its key, or the flavour that was named."""
    found = _sources_by_name().get(_plain(name))
    return found and found[0]


def source_named(key: str) -> SourceSpec:
    """The source of that key, as in the names of tools, or of another name it has.

    Raises:
        KeyError: There is none.
    """
    return _sources_by_name()[_plain(key)][1]


def source_of(arm: str, kind: str | None = None) -> SourceSpec | None:
    """The source an API answer is about: the key under `source`, and its `type` if it has one.

    None for an arm, or for one of several sources of an arm, that is not known yet.
    """
    of_arm = _sources_by_arm().get(arm, ())
    if len(of_arm) == 1:
        return of_arm[0]
    return next((source for source in of_arm if kind in source.types), None)


@cache
def _sources_by_arm() -> Mapping[str, tuple[SourceSpec, ...]]:
    by_arm: dict[str, tuple[SourceSpec, ...]] = {}
    for source in SOURCES:
        by_arm[source.arm] = (*by_arm.get(source.arm, ()), source)
    return by_arm
