"""A pipe as it would be written down: the create of it, what rests, what could not be seen."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic.alias_generators import to_snake

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.create_arguments import (
    Body,
    Path,
    add_secrets,
    as_variable,
    find_needed,
    known_part,
    models_in,
    other_parts,
    part_model,
    secrets_in_field,
    with_references,
)
from clickpipes_mcp.code.unseen import not_returned
from clickpipes_mcp.contract import Family, Request, SourceSpec
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.secret_refs import Certificate
from clickpipes_mcp.sources import PipeSettings, source_of

_ON_ITS_WAY_DOWN: Final = frozenset({"Pausing", "Stopping"})
_HIDDEN_LOGIN: Final = re.compile(r"://(?:\[REDACTED\]|\*{3,20})@")
_PARTS: Final = ("source", "destination")
_BY_ENGINE: Final = {"version_column_id": "ReplacingMergeTree", "column_ids": "SummingMergeTree"}
_MOST_NAMED: Final = 12


@dataclass(frozen=True)
class Declaration:
    """A pipe, as its create would be called.

    `label` is what names made from it begin with, in capitals, unlike that of any other pipe of
    the same export. `secrets` are where references stand for what no read shows. `unseen` may be
    set and is never shown, `unknown` is shown and not known here, `altered` has a text that is not
    shown as it is: none of them stands in the arguments. `needed` are those of the unseen without
    which a create is refused.
    """

    pipe_id: str
    service_id: str
    spec: SourceSpec
    label: str
    arguments: Body
    rests: bool = False
    secrets: tuple[Path, ...] = ()
    unseen: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    needed: tuple[Path, ...] = ()

    @property
    def creatable(self) -> Body:
        """The arguments with variables for what a create needs and no read shows."""
        return with_references(self.arguments, self.needed, self.label)

    @property
    def name(self) -> str:
        return str(self.arguments["name"])

    @property
    def is_database(self) -> bool:
        return self.spec.family is Family.DATABASE

    @property
    def notes(self) -> Iterator[str]:
        """What has to be known of it, whatever it is written as."""
        if self.unseen:
            yield f"A read leaves these out, so add them where they are set: {_list(self.unseen)}"
        if self.unknown:
            yield f"This server does not know these, so they are left out: {_list(self.unknown)}"
        if self.altered:
            yield f"These cannot be shown as they are, so they are left out: {_list(self.altered)}"


def declare(pipe: Pipe, label: str = "") -> Declaration | None:
    """The declaration of a pipe; None where its kind of source is not known here."""
    spec = source_of(pipe.sent.arm, pipe.sent.source_type)
    if spec is None:
        return None
    seen, sent = _Seen(), pipe.truth
    models = {name: part_model(spec, name) for name in _PARTS}
    source, destination = seen.parts(pipe, spec)
    label = label or as_variable(pipe.name) or as_variable(spec.key)
    body: Body = {
        "name": pipe.name,
        "source": known_part(models["source"], _object(source), None),
        "destination": known_part(models["destination"], _object(destination), None),
        **other_parts(pipe, spec),
    }
    settings = body.get("settings", {})
    for name in [name for name in settings if name not in PipeSettings.model_fields]:
        seen.unknown.append(f"settings.{name}")
        del settings[name]
    if sent.field_mappings != pipe.field_mappings:
        seen.altered.append("field_mappings")
        body.pop("field_mappings", None)
    secrets = tuple(add_secrets(body, spec, label))
    unseen = tuple(_unseen(pipe, body, secrets))
    within = [tuple(path.split(".")[1:]) for path in unseen if path.startswith("source.")]
    return Declaration(
        pipe.id,
        pipe.service_id,
        spec,
        label,
        body,
        is_at_rest(pipe),
        secrets,
        unseen,
        tuple(seen.unknown),
        (*seen.altered, *(["name"] if sent.name != pipe.name else [])),
        tuple(find_needed(body, spec, within)),
    )


def declare_all(pipes: Iterable[Pipe]) -> tuple[list[Declaration], list[Pipe]]:
    """The declarations of pipes, and the pipes of kinds that are not known here."""
    found, unknown, taken = [], [], dict[str, int]()
    for pipe in pipes:
        declared = declare(pipe)
        if declared is None:
            unknown.append(pipe)
            continue
        count = taken[declared.label] = taken.get(declared.label, 0) + 1
        again = declare(pipe, f"{declared.label}_{count}") if count > 1 else None
        found.append(again or declared)
    return found, unknown


def is_at_rest(pipe: Pipe) -> bool:
    """Whether it is stopped or paused, or on its way there."""
    return state_named(pipe.state).stage is Stage.RESTING or pipe.state in _ON_ITS_WAY_DOWN


def altered_fields(pipe: Pipe, spec: SourceSpec) -> frozenset[str]:
    """The fields of a pipe that cannot be shown as they are, by their path in a create."""
    seen = _Seen()
    seen.parts(pipe, spec)
    return frozenset(seen.altered)


def _unseen(pipe: Pipe, body: Body, secrets: Sequence[Path]) -> Iterator[str]:
    """What no read shows and nothing stands for."""
    placed = {".".join(("source", *path)) for path in secrets}
    engine = str(body["destination"].get("table_definition", {}).get("engine", {}).get("type"))
    for path in not_returned(pipe):
        name = path.rpartition(".")[2]
        if _BY_ENGINE.get(name, engine) == engine and not any(
            one == path or one.startswith(f"{path}.") for one in placed
        ):
            yield path


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(paths: Sequence[str]) -> str:
    rest = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {rest} more." if rest > 0 else ".")


@dataclass
class _Seen:
    """What of a read can be written down, and the paths of what cannot."""

    unknown: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)

    def parts(self, pipe: Pipe, spec: SourceSpec) -> tuple[object, object]:
        """The source and the destination of a pipe."""
        sent, models = pipe.truth, {name: part_model(spec, name) for name in _PARTS}
        return (
            self.part(sent.arm_body, pipe.arm_body, models["source"], "source"),
            self.part(sent.destination, pipe.destination, models["destination"], "destination"),
        )

    def part(self, true: object, shown: object, model: type[Request] | None, at: str) -> object:
        """A part of a configuration without what is not shown as it is."""
        if isinstance(true, Mapping):
            return dict(self._fields(true, shown if isinstance(shown, Mapping) else {}, model, at))
        if isinstance(true, list) and isinstance(shown, list):
            pairs = zip(true, shown, strict=False)
            return [self.part(one, other, model, at) for one, other in pairs]
        if true != shown:
            self.altered.append(at)
        return shown

    def _fields(
        self,
        true: Mapping[str, object],
        shown: Mapping[str, object],
        model: type[Request] | None,
        at: str,
    ) -> Iterator[tuple[str, object]]:
        known = model.model_fields if model else {}
        for key, value in true.items():
            name = to_snake(key)
            place = f"{at}.{name}"
            if value is None or value in ("", [], {}):
                continue
            if name not in known:
                # A name that is not shown as it is says nothing that could be repeated here.
                self.unknown += [place] if key in shown else [f"{at} (a field)"]
            elif isinstance(value, str):
                text = _as_it_is(value, shown.get(key), known[name].annotation)
                if text is None:
                    self.altered.append(place)
                else:
                    yield key, text
            else:
                inner = next(models_in(known[name].annotation), None)
                yield key, self.part(value, shown.get(key), inner, place)


def _as_it_is(true: str, shown: object, annotation: object) -> str | None:
    """A text that may be written down; None where it is not shown as it is."""
    is_certificate = Certificate in secrets_in_field(annotation)
    if true == shown or (is_certificate and not Certificate.flaw_on_form(true)):
        return true
    bare = _HIDDEN_LOGIN.sub("://", true)
    is_shown = isinstance(shown, str) and _HIDDEN_LOGIN.sub("://", shown) == bare
    return bare if is_shown else None
