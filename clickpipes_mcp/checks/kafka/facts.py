"""What was read of a Kafka cluster and of its schema registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import part_of, text_of


@dataclass(frozen=True)
class Wish:
    """What a configuration asks for."""

    flavour: str
    brokers: tuple[str, ...]
    topics: tuple[str, ...]
    format: str
    group: str
    authentication: str
    starts_at: str
    registry_url: str

    @classmethod
    def of(cls, configuration: Mapping[str, JsonValue]) -> Self:
        """Reads it from a configuration under the API's keys."""
        return cls(
            flavour=text_of(configuration, "type") or "kafka",
            brokers=_listed(text_of(configuration, "brokers")),
            topics=_listed(text_of(configuration, "topics")),
            format=text_of(configuration, "format"),
            group=text_of(configuration, "consumerGroup"),
            authentication=text_of(configuration, "authentication"),
            starts_at=text_of(part_of(configuration, "offset"), "strategy"),
            registry_url=text_of(part_of(configuration, "schemaRegistry"), "url"),
        )


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word for part in words.split(",") if (word := part.strip()))


@dataclass(frozen=True)
class Listener:
    """What a broker says it is reached at, and why it was not; empty where it was."""

    address: str
    problem: str = ""


@dataclass(frozen=True)
class Topic:
    """A topic that was seen. `records` is how many it holds; None where it may not be read.

    `samples` are a few of the oldest records as they were written, `oldest` when the first was.
    """

    name: str
    partitions: int
    records: int | None = None
    refusal: str = ""
    samples: tuple[bytes, ...] = field(default=(), repr=False)
    oldest: datetime | None = None


@dataclass(frozen=True)
class Registry:
    """What a schema registry answered of the subject of a topic.

    `problem` is why nothing was read; `kind` and `definition` are those of the latest schema,
    `compatibility` is what the next one is held to, empty where nobody told.
    """

    subject: str
    problem: str = ""
    is_login_refused: bool = False
    is_missing: bool = False
    kind: str = ""
    definition: str = ""
    compatibility: str = ""


@dataclass
class Facts:
    """What a look has come by so far; a part that was not reached is None or empty.

    `no_connection`, `no_login` and `no_tls` are why there was none, `unseen` why no login was
    tried; `is_distrusted` is whether TLS failed for a certificate.
    """

    wish: Wish
    no_connection: str = ""
    no_tls: str = ""
    no_login: str = ""
    unseen: str = ""
    is_distrusted: bool = False
    was_let_in: bool = False
    listeners: Sequence[Listener] = ()
    names: frozenset[str] | None = None
    topics: dict[str, Topic] = field(default_factory=dict)
    group_refusal: str | None = None
    registry: Registry | None = None

    @property
    def is_in(self) -> bool:
        """Whether a broker let us in."""
        return bool(self.listeners)

    @property
    def schema_kind(self) -> str:
        """What the registry calls the schema; empty where it told none."""
        return self.registry.kind if self.registry else ""

    @property
    def is_read(self) -> bool:
        """Whether the cluster told its topics."""
        return self.names is not None
