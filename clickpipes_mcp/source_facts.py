"""The shapes of what a source says about itself, beside its requests and their rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from pydantic.alias_generators import to_snake


@dataclass(frozen=True)
class Address:
    """A host that a pipe's configuration names.

    `port` is None where the configuration names none. `begins_with_tls` is whether whoever
    connects there has to begin with TLS: some servers do so later, or never. `field` leads to
    where it stands within the source; empty where all of a source stand in the same field.
    """

    host: str
    port: int | None = None
    begins_with_tls: bool = False
    field: str = ""


@dataclass(frozen=True)
class Recipient:
    """A host that learns secrets of a configuration: those that stand in `field`.

    Empty means all that have no recipient of their own. `is_member` where the host may be one of
    several that are one server to their clients, such as the brokers of a cluster.
    """

    host: str
    field: str = ""
    is_member: bool = False


@dataclass(frozen=True)
class Beginning:
    """A field of a create that decides from where a new pipe reads.

    `path` leads to it within the source, under the API's keys. A value of `anew`, or none at all,
    reads everything from the beginning; `advice` says what to give so that it does not.
    `goes_with` are the fields beside it that mean nothing without its value: they name a place in
    what is read, as `is_place` says of the field itself.
    """

    path: tuple[str, ...]
    advice: str
    anew: tuple[object, ...] = ()
    goes_with: tuple[str, ...] = ()
    is_place: bool = False

    def is_from_the_first(self, configuration: Mapping[str, object]) -> bool:
        """Whether a configuration leaves it at reading everything."""
        value: object = configuration
        for name in self.path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return not value or value in self.anew

    def leave_out(self, source: object) -> Iterator[str]:
        """Takes it, and what goes with it, out of the source of a create, unless it reads all.

        Yields the path of each that was there, in the words of a create.
        """
        *parents, name = map(to_snake, self.path)
        holder = self._holder(source)
        if holder is None or not holder.get(name) or holder[name] in self.anew:
            return
        for gone in (name, *map(to_snake, self.goes_with)):
            if holder.pop(gone, None) is not None:
                yield ".".join((*parents, gone))

    def forget_place(self, source: object) -> Iterator[str]:
        """Lets the source of a create read from the beginning, where it names a place to begin at.

        Yields the path of each field that names one, in the words of a create.
        """
        *parents, name = map(to_snake, self.path)
        holder = self._holder(source)
        places = [name] if self.is_place else [*map(to_snake, self.goes_with)]
        gone = [place for place in places if holder is not None and holder.pop(place, None)]
        if holder is not None and gone and self.anew:
            holder[name] = self.anew[0]
        yield from (".".join((*parents, place)) for place in gone)

    def _holder(self, source: object) -> dict[str, object] | None:
        """What holds the field in the source of a create."""
        holder = source
        for parent in self.path[:-1]:
            holder = holder.get(to_snake(parent)) if isinstance(holder, dict) else None
        return holder if isinstance(holder, dict) else None


class Loss(StrEnum):
    """What a change of a pipe may lose, so that a person is asked before it is made."""

    PLACE = "reads from another place"
    ACCOUNT = "may read from another account"
    WAY = "reaches its source another way"
    FILES = "reads other files"
    PROTECTION = "is less protected on its way"
    COLUMNS = "loses columns"
    MAPPINGS = "loses field mappings"


class Compute(StrEnum):
    """Whose compute a pipe is charged for."""

    REPLICAS = "its own replicas"
    SIZED_ONCE = "its own, sized at creation by the size of the service"
    SHARED = "one that all database pipes of a service share"


@dataclass(frozen=True)
class Charges:
    """What a pipe is charged for: compute by the hour, and data by the GB in US dollars."""

    compute: Compute
    ingested_gb_usd: float | None = None
    loaded_gb_usd: float | None = None
    replicated_gb_usd: float | None = None


@dataclass(frozen=True)
class GoogleGrant:
    """The roles that let the Google identity of a service read a source without a key.

    Source: https://clickhouse.com/docs/integrations/clickpipes/security/gcp-workload-identity
    `type` is the only type of the source that takes such an identity; empty where all do.
    """

    roles: str
    type: str = ""


@dataclass(frozen=True)
class Traces:
    """What a pipe needs and leaves at its source, in the words of questions and dry runs.

    change_log: what the source has to keep while the pipe rests.
    lost: what goes with the pipe when it is deleted.
    kept: what stays at the source when it is deleted.
    """

    change_log: str = "its change log"
    lost: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadBack:
    """How a read shows a pipe otherwise than its create was written, field by field.

    Names are those of fields, at whatever depth they stand.

    never: no read shows it.
    telling: of those that a read may not show, what decides which data is read or written; and the
        field without which it decides nothing, empty where there is none.
    sometimes: a read may leave it out although it is set.
    chosen: where a create leaves it out, the API names or tunes it as it likes.
    defaults: what a read shows where a create left it out.
    ordered: a list whose order matters.
    comma_lists: names in one text, with commas between them.
    identifying: what tells the members of a list apart.
    single: what no two pipes can share, so that a copy leaves it out; and what a pipe without it
        does otherwise, empty where that is nothing to know.
    own: what the API makes for a pipe that names none, and deletes with it, by how its name begins.
    """

    never: tuple[str, ...] = ()
    telling: Mapping[str, str] = field(default_factory=dict)
    sometimes: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    defaults: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    ordered: tuple[str, ...] = ()
    comma_lists: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()
    single: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: "ReadBack") -> "ReadBack":
        """What either of them says."""
        return ReadBack(
            never=self.never + other.never,
            telling={**self.telling, **other.telling},
            sometimes=self.sometimes + other.sometimes,
            chosen=self.chosen + other.chosen,
            defaults={
                name: self.defaults.get(name, ()) + other.defaults.get(name, ())
                for name in (*self.defaults, *other.defaults)
            },
            ordered=self.ordered + other.ordered,
            comma_lists=self.comma_lists + other.comma_lists,
            identifying=self.identifying + other.identifying,
            single={**self.single, **other.single},
            own={**self.own, **other.own},
        )

    def is_single(self, name: str, value: object) -> bool:
        """Whether a field with such a value belongs to one pipe alone."""
        made = self.own.get(name)
        is_made = made is not None and isinstance(value, str) and value.startswith(made)
        return name in self.single or is_made

    def identity(self, item: Mapping[str, object]) -> str:
        """What tells a member of a list, by the names of its fields, from the others."""
        named = (str(item[name]) for name in self.identifying if name in item)
        return "|".join(named).replace("]", "")

    def tell_without(self, names: Iterable[str]) -> Iterator[str]:
        """What a pipe without these does otherwise than the one that has them."""
        yield from (self.single[name] for name in names if self.single.get(name))

    @property
    def names(self) -> frozenset[str]:
        """Every field that is spoken of."""
        return frozenset(name for part in fields(self) for name in getattr(self, part.name))
