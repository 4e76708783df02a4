"""What the control plane must know of a kind of source."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clickpipes_mcp.simulator.contract import SourceSchemas
from clickpipes_mcp.simulator.documents import Document, JsonObject, child, is_given, text
from clickpipes_mcp.simulator.lifecycle import Family

Rule: TypeAlias = Callable[[Document], Iterator[str]]
Paths: TypeAlias = tuple[tuple[str, ...], ...]

WORKLOAD_IDENTITY: Final = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"
EXAMPLE_ROLE: Final = "arn:aws:iam::000000000000:role/ClickHouseAccessRole-simulated"


def _unchanged(source: JsonObject) -> JsonObject:
    return source


def _no_rules(_source: Document) -> Iterator[str]:
    yield from ()


def _nothing(_pipe_id: str) -> JsonObject:
    return {}


@dataclass(frozen=True)
class Arm:
    """One key under `source`: its families, its own rules, what is kept and what is shown.

    `example` is the source of a pipe that a world begins with. `rules` judge a create,
    `patch_rules` a patch; both answer the service's texts. `prepare` fills in what the service
    stores by itself, `named_after` what it derives from the id of the pipe, `show` turns what is
    stored into what a read answers. `mapping_names` are the two keys that name a source table.
    `own_settings` are refused for every other arm. `samples_at_service` says that a discovery runs
    on the destination service; `retains_changes`, that the source keeps what was not read yet.
    """

    schemas: SourceSchemas
    label: str
    family: Callable[[Document], Family]
    addresses: tuple[str, ...]
    secrets: Paths
    rules: Rule
    example: JsonObject
    default_type: str = ""
    patch_rules: Rule = _no_rules
    prepare: Callable[[JsonObject], JsonObject] = _unchanged
    named_after: Callable[[str], JsonObject] = _nothing
    show: Callable[[JsonObject], JsonObject] = _unchanged
    database: bool = False
    resyncable: bool = False
    mapping_names: tuple[str, str] = ("", "")
    default_settings: Mapping[str, object] = field(default_factory=dict)
    own_settings: tuple[str, ...] = ()
    field_mappings_need_columns: bool = False
    samples_at_service: bool = False
    retains_changes: bool = False

    @property
    def key(self) -> str:
        """Its key under `source`."""
        return self.schemas.key

    def flavour(self, source: Document) -> str:
        """What a source of this kind is, as metrics name it."""
        return text(source, "type") or self.default_type or self.key


def lacking_halves(source: Document, key: str, *names: str) -> Iterator[str]:
    """Texts for the parts a pair of secrets lacks."""
    given = child(source, key)
    for name in names:
        if not is_given(given, name):
            yield f"{name} is required"


def streaming(_source: Document) -> Family:
    """Sources that never end."""
    return Family.STREAMING
