"""The arguments of a create that would make a pipe as a read shows it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, TypeAlias, get_args

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_camel, to_snake

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.code.references import Reference
from clickpipes_mcp.contract import Request, Rule, SourceSpec
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.sources import SETTING_DEFAULTS

Body: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str, ...]
_NO_WORD: Final = re.compile(r"[^A-Z0-9]{1,250}")
_LONGEST_NAME: Final = 40
_MOST_SECRETS: Final = 2
"""Of one object: a name and what belongs to it."""

_ANY_TEXT: Final = ("any", "c3ludGF4")
"""A word, and one in base64."""

_SIZE: Final = ("replicas", "replica_cpu_millicores", "replica_memory_gb")
_SIZE_BY_ITSELF: Final = [1, 125, 0.5]
"""Source: ClickPipes documentation, sizes of replicas: XS is the default."""


def part_model(spec: SourceSpec, field: str) -> type[Request]:
    """The model of a part of the create of a source."""
    (model,) = models_in(spec.create.model_fields[field].annotation)
    return model


def known_part(
    model: type[Request],
    sent: Mapping[str, Any],
    defaults: Mapping[str, tuple[object, ...]] | None,
) -> Body:
    """What a create takes of what a read shows, in its own words.

    It is without what is as by itself, for which there are `defaults`; with None nothing counts as
    such.
    """
    found: Body = {}
    for name, field in model.model_fields.items():
        value = sent.get(to_camel(name))
        if value is None or any(one.is_confidential for one in secrets_in_field(field.annotation)):
            continue
        inner = next(models_in(field.annotation), None)
        if inner is not None and isinstance(value, Mapping):
            value = known_part(inner, value, defaults)
        elif inner is not None and isinstance(value, list):
            value = [
                known_part(inner, item, defaults) for item in value if isinstance(item, Mapping)
            ]
        by_itself = defaults is not None and (value is False or value in defaults.get(name, ()))
        if value not in ({}, [], "") and (field.is_required() or not by_itself):
            found[name] = value
    return found


def other_parts(pipe: Pipe, spec: SourceSpec) -> Body:
    """Field mappings, size and settings, where they are not as by themselves."""
    known = spec.create.model_fields
    rest: Body = {}
    if "field_mappings" in known and pipe.field_mappings:
        rest["field_mappings"] = [
            {to_snake(key): value for key, value in one.items()} for one in pipe.field_mappings
        ]
    size = pipe.scaling
    sizes = [getattr(size, name, None) for name in _SIZE]
    if "scaling" in known and all(sizes) and sizes != _SIZE_BY_ITSELF:
        rest["scaling"] = dict(zip(_SIZE, sizes, strict=True))
    settings = {
        name: value for name, value in pipe.settings.items() if value != SETTING_DEFAULTS.get(name)
    }
    if "settings" in known and settings:
        rest["settings"] = settings
    return rest


def add_secrets(body: Body, spec: SourceSpec, label: str = "") -> Iterator[Path]:
    """Put references where secrets have to stand, object by object, the fewest that do.

    They are named after `label`, or after the pipe.
    """
    named = label or str(body["name"])
    for group in _groups(part_model(spec, "source"), ()):
        choices = [
            choice for size in range(1, _MOST_SECRETS + 1) for choice in combinations(group, size)
        ]
        best: tuple[Path, ...] = ()
        least = _flaws(body, spec)
        for choice in choices:
            if not any(least):
                break
            flaws = _flaws(with_references(body, choice, named), spec)
            if flaws < least:
                best, least = choice, flaws
        body["source"] = with_references(body, best, named)["source"]
        yield from best


def find_needed(body: Body, spec: SourceSpec, paths: Iterable[Path]) -> Iterator[Path]:
    """Those fields of the source, of some, whose lack a create would be refused or warned of.

    Of those alone that take text.
    """
    for path in paths:
        flaws = _flaws(body, spec)
        if not any(flaws):
            return
        for text in _ANY_TEXT:
            filled = {**body, "source": _filled(body["source"], {path: text})}
            if _flaws(filled, spec) < flaws:
                body = filled
                yield path
                break


def as_variable(name: str) -> str:
    """The words of a name in capitals, fit to be a part of the name of a variable."""
    return _NO_WORD.sub("_", name.upper()).strip("_")[:_LONGEST_NAME]


def models_in(annotation: object) -> Iterator[type[Request]]:
    """The objects that a field takes."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, Request):
            yield one
        elif one is not annotation:
            yield from models_in(one)


def secrets_in_field(annotation: object) -> Iterator[type[Secret]]:
    """The kinds of secrets that a field takes; certificates are none where they are written out."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, Secret):
            yield one
        elif one is not annotation:
            yield from secrets_in_field(one)


def _groups(model: type[BaseModel], at: Path) -> Iterator[tuple[Path, ...]]:
    """The secrets of each object of a source."""
    fields = model.model_fields.items()
    own = tuple((*at, name) for name, field in fields if any(secrets_in_field(field.annotation)))
    if own:
        yield own
    for name, field in model.model_fields.items():
        for inner in models_in(field.annotation):
            if not str(field.annotation).startswith("list"):
                yield from _groups(inner, (*at, name))


def with_references(body: Body, paths: Iterable[Path], label: str) -> Body:
    """A body with references at some fields of the source, named after `label`."""
    references = {path: Reference.of(_reference_name(label, path)) for path in paths}
    return {**body, "source": _filled(body["source"], references)}


def _filled(source: Body, texts: Mapping[Path, str]) -> Body:
    filled: Body = _copied(source)
    for path, text in texts.items():
        holder = filled
        for name in path[:-1]:
            holder = holder.setdefault(name, {})
        holder[path[-1]] = text
    return filled


def _reference_name(label: str, path: Path) -> str:
    """A name that no other pipe's secret has, and no other secret of this one."""
    return "_".join((as_variable(label), *path[:-2], path[-1])).upper()


def _copied(value: Any) -> Any:  # noqa: ANN401 # JSON
    return (
        {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value
    )


def _flaws(body: Body, spec: SourceSpec) -> tuple[int, int]:
    """How much a create would refuse, and of how much it would warn."""
    try:
        request = spec.create.model_validate(body)
    except ValidationError as error:
        return 1000 + error.error_count(), 0
    rules: Sequence[Rule[Any]] = spec.rules
    found = [rule.effect for rule in rules for _ in rule.check(request)]
    return found.count("refuse"), found.count("warn")
