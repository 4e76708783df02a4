"""What of a pipe is otherwise than a file says, sorted by the call that would change it."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic.alias_generators import to_snake

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.cloud.fingerprint import differences, without_hidden_login
from clickpipes_mcp.code.asked_fields import field_of
from clickpipes_mcp.code.create_arguments import Body, models_in
from clickpipes_mcp.code.declaration import altered_fields
from clickpipes_mcp.code.documents import Document
from clickpipes_mcp.contract import Request

_MAPPINGS: Final = "table_mappings"
_TABLES: Final = {"add": "table_mappings_to_add", "remove": "table_mappings_to_remove"}
_LOGIN: Final = "credentials"


@dataclass
class Comparison:
    """A pipe beside its document.

    `update` are the arguments of an update that makes it so, `size` what its scaling is changed to.
    Of the rest nothing can change in place: `fixed` are the arguments an update would refuse,
    `unset` what the file leaves out, `remapped` the tables whose mapping would have to be removed
    and added again. `differing` are the fields, as `asked_fields` calls them.
    """

    update: Body = field(default_factory=dict)
    fixed: Body = field(default_factory=dict)
    size: Body = field(default_factory=dict)
    unset: list[str] = field(default_factory=list)
    remapped: list[str] = field(default_factory=list)
    altered: frozenset[str] = frozenset()
    differing: frozenset[str] = frozenset()
    stop: bool = False
    start: bool = False

    @property
    def is_equal(self) -> bool:
        return not (self.update or self.size or self.needs_new or self.stop or self.start)

    @property
    def needs_new(self) -> bool:
        """Whether only another pipe can be as the file says."""
        return bool(self.fixed or self.unset or self.remapped)


def compare(
    document: Document, pipe: Pipe, *, rests: bool, within: Container[str] | None = None
) -> Comparison:
    """What differs, in all fields or in these.

    `pipe` comes with its settings, where the document names some.
    """
    found = Comparison(altered=altered_fields(pipe, document.spec))
    body = _comparable(document, pipe)
    paths = [
        path
        for path in differences(body, pipe, document.spec, with_members=True)
        if within is None or field_of(path) in within
    ]
    found.differing = frozenset(map(field_of, paths))
    for path in paths:
        _sort(path, document, pipe, found)
    source = found.update.get("source", {})
    is_connected_anew = any(not isinstance(value, Mapping | list) for value in source.values())
    login = document.arguments["source"].get(_LOGIN)
    update = document.spec.update
    if is_connected_anew and login and update is not None and _LOGIN in update.model_fields:
        source[_LOGIN] = login
    found.stop = document.stopped is True and not rests
    found.start = document.stopped is False and rests
    return found


def _comparable(document: Document, pipe: Pipe) -> Body:
    """The body; a login that no read shows is not held against one that the file keeps apart."""
    body = document.body
    arm = body["source"][document.spec.arm]
    for key, value in arm.items():
        held = pipe.truth.arm_body.get(key)
        if isinstance(value, str) and isinstance(held, str) and value == without_hidden_login(held):
            arm[key] = held
    return body


def _sort(path: str, document: Document, pipe: Pipe, found: Comparison) -> None:
    steps = [to_snake(step) for step in path.split("[", 1)[0].split(".")]
    part = steps[0]
    if part in ("settings", "scaling"):
        wanted = document.arguments[part]
        target = found.size if part == "scaling" else found.update.setdefault("settings", {})
        target[steps[1]] = wanted[steps[1]]
    elif part == "field_mappings":
        found.update["field_mappings"] = document.arguments.get("field_mappings") or []
    elif len(steps) == 1:
        found.unset.append("source")
    elif part == "destination":
        _set(document, "destination", steps[1:], found)
    elif steps[2] == _MAPPINGS:
        _map(path, document, pipe, found)
    else:
        _set(document, "source", steps[2:], found)


def _set(document: Document, part: str, steps: Sequence[str], found: Comparison) -> None:
    """A field, whole: of settings alone one member can be sent."""
    held: Any = document.arguments.get(part, {})
    is_setting = steps[0] == "settings" and len(steps) > 1
    taken = steps[:2] if is_setting else steps[:1]
    for step in taken:
        held = held.get(step) if isinstance(held, Mapping) else None
    dotted = ".".join((part, *taken))
    if held is None:
        # What was not shown to whoever wrote the file is not missing in it.
        if dotted not in found.unset and dotted not in found.altered:
            found.unset.append(dotted)
        return
    target = found.update if _can_change(document, part, taken) else found.fixed
    place = target.setdefault(part, {})
    for step in taken[:-1]:
        place = place.setdefault(step, {})
    place[taken[-1]] = held


def _can_change(document: Document, part: str, steps: Sequence[str]) -> bool:
    if part == "destination":
        return steps[0] == "columns"
    model: type[Request] | None = document.spec.update
    for step in steps:
        known = model.model_fields.get(step) if model else None
        if known is None:
            return False
        model = next(models_in(known.annotation), None)
    return True


def _map(path: str, document: Document, pipe: Pipe, found: Comparison) -> None:
    """Tables that were added or removed; of a table that stays, nothing can change in place."""
    identity = path.split("[", 1)[1].split("]", 1)[0]
    reads = document.spec.read_back
    wanted = {reads.identity(one): one for one in document.arguments["source"].get(_MAPPINGS, ())}
    live = {reads.identity(one): one for one in _live(pipe)}
    source = found.update.setdefault("source", {})
    if identity in wanted and identity in live:
        if identity not in found.remapped:
            found.remapped.append(identity)
        if not source:
            del found.update["source"]
        return
    what, item = ("add", wanted[identity]) if identity in wanted else ("remove", live[identity])
    tables = source.setdefault(_TABLES[what], [])
    if item not in tables:
        tables.append(item)


def _live(pipe: Pipe) -> Iterator[Body]:
    mappings = pipe.truth.arm_body.get("tableMappings")
    for one in mappings if isinstance(mappings, list) else ():
        if isinstance(one, dict):
            names = {to_snake(key): value for key, value in one.items()}
            yield {
                name: value
                for name, value in names.items()
                if name.startswith(("source_", "target_"))
            }
