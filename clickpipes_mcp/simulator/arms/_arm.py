"""What the control plane must know of a kind of source."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from clickpipes_mcp.simulator.documents import Document, JsonObject, child, is_given, text
from clickpipes_mcp.simulator.lifecycle import Family

Rule: TypeAlias = Callable[[Document], Iterator[str]]
Paths: TypeAlias = tuple[tuple[str, ...], ...]

WORKLOAD_IDENTITY: Final = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"


def _unchanged(source: JsonObject) -> JsonObject:
    return source


def _no_rules(_source: Document) -> Iterator[str]:
    yield from ()


@dataclass(frozen=True)
class Arm:
    """One key under `source`: its families, its own rules, what is kept and what is shown.

    `rules` judge a create, `patch_rules` a patch; both answer the service's texts. `prepare` fills
    in what the service stores by itself, `show` turns what is stored into what a read answers.
    `patchable` names the source fields a patch changes; None means there is no patch arm.
    `mapping_names` are the two keys that name a source table.
    """

    key: str
    label: str
    family: Callable[[Document], Family]
    addresses: tuple[str, ...]
    secrets: Paths
    rules: Rule
    patchable: frozenset[str] | None
    flavour: Callable[[Document], str]
    patch_rules: Rule = _no_rules
    prepare: Callable[[JsonObject], JsonObject] = _unchanged
    show: Callable[[JsonObject], JsonObject] = _unchanged
    database: bool = False
    resyncable: bool = False
    discoverable: bool = False
    mapping_names: tuple[str, str] = ("", "")
    default_settings: Mapping[str, object] = field(default_factory=dict)


def kind(key: str) -> Callable[[Document], str]:
    """The flavour that the source's own `type` names, or the arm's key."""

    def flavour(source: Document) -> str:
        return text(source, "type") or key

    return flavour


def lacking_halves(source: Document, key: str, *names: str) -> Iterator[str]:
    """Texts for the parts a pair of secrets lacks."""
    given = child(source, key)
    for name in names:
        if not is_given(given, name):
            yield f"{name} is required"


def streaming(_source: Document) -> Family:
    """Sources that never end."""
    return Family.STREAMING
