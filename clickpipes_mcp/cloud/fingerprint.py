"""Whether a pipe is set up as a request asks, in spite of all that a read shows differently.

Nothing is compared that the API never returns; what it fills in by itself counts as left out.
How each source reads back is said by the source.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias, cast

from pydantic.alias_generators import to_camel

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud.configuration import engine_name
from clickpipes_mcp.cloud.models import Pipe, Scaling
from clickpipes_mcp.contract import Request, SourceSpec
from clickpipes_mcp.redaction import is_secret_name
from clickpipes_mcp.secret_refs import Secret, SendableBody
from clickpipes_mcp.source_facts import ReadBack

Facts: TypeAlias = dict[str, object]
"""Values by their path; the members of a list stand under what identifies them."""

_HIDDEN = object()
"""Stands for a value that is only known when it is sent."""

_HIDDEN_LOGIN = "[REDACTED]"
"""What a read shows of any login in an address. Source: Q12 of the API's behaviour, MongoDB."""

_AUTHORITY_END = re.compile(r"[/?#]|\Z")
_MEMBER = re.compile(r"\[[^\]]*+(?:\]|\Z)")


def differences(
    wanted: Mapping[str, SendableBody],
    live: Pipe,
    spec: SourceSpec,
    *,
    with_members: bool = False,
) -> tuple[str, ...]:
    """The paths, in the API's spelling, in which a pipe is not what a create body asks for.

    With members, what tells a member of a list apart stands in brackets behind the list.
    """
    live, source = live.truth, wanted.get("source")
    if live.arm != spec.arm or not isinstance(source, dict) or spec.arm not in source:
        return ("source",)
    comparison = _Comparison(spec.read_back, _field_names(spec.create))
    found = comparison.differing(
        {
            "source": {spec.arm: source[spec.arm]},
            "destination": wanted.get("destination"),
            "fieldMappings": wanted.get("fieldMappings"),
        },
        {
            "source": {live.arm: dict(live.arm_body)},
            "destination": live.destination,
            "fieldMappings": list(live.field_mappings),
        },
    )
    found += _settings(wanted.get("settings"), live) + _sizes(wanted.get("scaling"), live.scaling)
    if with_members:
        return tuple(sorted(found))
    return tuple(dict.fromkeys(_MEMBER.sub("", path) for path in sorted(found)))


@dataclass(frozen=True)
class Uncompared:
    """What was asked for and no read shows, by its path in the API's spelling.

    `telling` decides which data is read or written, `others` does not.
    """

    telling: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def uncompared(wanted: Mapping[str, SendableBody], live: Pipe, spec: SourceSpec) -> Uncompared:
    """The fields of a create body that cannot be held against a pipe."""
    asked, shown = dict(_asked(wanted)), set(dict(_asked(_as_body(live.truth))))
    names = {_field(path) for path, value in asked.items() if value}
    hidden = {*spec.read_back.never, *spec.read_back.sometimes}
    telling, others = [], []
    for path, value in asked.items():
        name = _field(path)
        is_hidden = isinstance(value, Secret) or name in hidden
        if not is_hidden or path in shown:
            continue
        if _tells(spec.read_back, name, value, names):
            telling.append(path)
        elif value:
            others.append(path)
    missing = [
        f"source.{spec.arm}.{to_camel(name)}"
        for name, needed in spec.read_back.telling.items()
        if needed in names and not any(_field(p) == name for p in asked)
    ]
    others += _hidden_settings(wanted.get("settings"), live)
    others += _hidden_sizes(wanted.get("scaling"), live.scaling)
    return Uncompared((*telling, *missing), tuple(others))


def telling_facts(body: Mapping[str, SendableBody], reads: ReadBack) -> dict[str, SendableBody]:
    """The fields of a body that tell pipes apart and that no read may show."""
    facts = {path: value for path, value in _asked(body) if _field(path) in reads.telling and value}
    return cast("dict[str, SendableBody]", facts)


def _tells(reads: ReadBack, name: str, value: object, names: AbstractSet[str]) -> bool:
    needed = reads.telling.get(name)
    if needed is None:
        return False
    return needed in names if needed and not value else bool(value)


def _as_body(live: Pipe) -> Mapping[str, object]:
    return {"source": {live.arm: live.arm_body}, "destination": live.destination}


def _asked(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """The leaves of the source and the destination of a body, by their path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if path or key in ("source", "destination"):
                yield from _asked(inner, f"{path}.{key}" if path else key)
    elif path:
        yield path, value


def holds_secrets(body: SendableBody) -> bool:
    """Whether a part of it can never be compared."""
    if isinstance(body, dict):
        return any(holds_secrets(value) for value in body.values())
    if isinstance(body, list):
        return any(holds_secrets(value) for value in body)
    return isinstance(body, Secret)


@cache
def _field_names(model: type[Request]) -> frozenset[str]:
    """Every name that a request of this kind may hold, at whatever depth."""
    return frozenset(_properties(model.model_json_schema(by_alias=False)))


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties" and isinstance(value, dict):
                yield from value
            yield from _properties(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _properties(item)


@dataclass(frozen=True)
class _Comparison:
    """What was asked for beside what is shown, as one kind of source reads back.

    `known` are the fields that can be asked for: what else a read shows is not compared.
    """

    reads: ReadBack
    known: frozenset[str]

    def differing(self, wanted: Mapping[str, object], read: Mapping[str, object]) -> list[str]:
        """The paths that differ; the members of lists stand in brackets."""
        asked, shown = self._facts(wanted), self._facts(read)
        missed = [path for path in asked if self._differs(path, asked[path], shown)]
        more = [path for path in shown if path not in asked and self._is_more(path, shown[path])]
        return missed + more

    def _differs(self, path: str, asked: object, shown: Facts) -> bool:
        name = _field(path)
        if asked is _HIDDEN:
            return False
        if path not in shown:
            is_default = asked in self.reads.defaults.get(name, ())
            return bool(asked) and not is_default and name not in self.reads.sometimes
        # Were the API to return a secret, it would still not be compared.
        return not is_secret_name(name) and not _is_same(asked, shown[path])

    def _is_more(self, path: str, value: object) -> bool:
        """Whether a read shows something that was left out and is not the API's own doing."""
        name = _field(path)
        if name not in self.known or name in self.reads.chosen or not value:
            return False
        if is_secret_name(name):
            return False
        return value not in self.reads.defaults.get(name, ())

    def _facts(self, document: Mapping[str, object]) -> Facts:
        return {path: value for path, value in self._leaves("", document) if value is not None}

    def _leaves(self, path: str, value: object) -> Iterator[tuple[str, object]]:
        if isinstance(value, Secret):
            yield path, _HIDDEN if value.plain is None else self._plain(path, value.plain)
            return
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if _field(key) not in self.reads.never:
                    yield from self._leaves(f"{path}.{key}" if path else key, inner)
        elif isinstance(value, list):
            yield from self._members(path, value)
        else:
            yield path, self._plain(path, value)

    def _members(self, path: str, items: Sequence[object]) -> Iterator[tuple[str, object]]:
        if not all(isinstance(item, dict) for item in items):
            names = [str(item) for item in items]
            yield path, tuple(names if _field(path) in self.reads.ordered else sorted(names))
            return
        for item in items:
            # Fields of equal names are mapped where no mapping says otherwise.
            if isinstance(item, dict) and not _maps_to_itself(item):
                yield from self._leaves(f"{path}[{self._identity(item)}]", item)

    def _identity(self, item: Mapping[str, object]) -> str:
        return self.reads.identity({_field(key): value for key, value in item.items()})

    def _plain(self, path: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        if _field(path) in self.reads.comma_lists:
            return tuple(sorted(name.strip() for name in value.split(",")))
        if path.endswith(".engine.type"):
            return engine_name(value)
        return value.strip()


def _field(path: str) -> str:
    """The name of the field at the end of a path, as requests spell it."""
    return snake_case(_MEMBER.sub("", path).rpartition(".")[2])


def _is_same(asked: object, shown: object) -> bool:
    if asked == shown or (not asked and not shown):
        return True
    if not isinstance(asked, str) or not isinstance(shown, str):
        return False
    asked, shown = ("".join(text.split()) for text in (asked, shown))
    is_shown = asked == shown or _with_hidden_login(asked) == shown
    return is_shown or _is_same_moment(asked, shown)


def without_hidden_login(address: str) -> str:
    """An address without what a read shows in the place of a login."""
    return address.replace(f"://{_HIDDEN_LOGIN}@", "://", 1)


def _with_hidden_login(address: str) -> str:
    """An address as a read shows it that does not tell the login."""
    scheme, is_address, rest = address.partition("://")
    end = _AUTHORITY_END.search(rest)
    if not is_address or end is None:
        return address
    _, has_login, hosts = rest[: end.start()].rpartition("@")
    hidden = f"{scheme}://{_HIDDEN_LOGIN}@{hosts}{rest[end.start() :]}"
    return hidden if has_login else address


def _is_same_moment(asked: str, shown: str) -> bool:
    try:
        moments = [datetime.fromisoformat(text) for text in (asked, shown)]
    except ValueError:
        return False
    one, other = (m if m.tzinfo else m.replace(tzinfo=UTC) for m in moments)
    return one == other


def _maps_to_itself(item: Mapping[str, object]) -> bool:
    return "sourceField" in item and item["sourceField"] == item.get("destinationField")


def _settings(wanted: object, live: Pipe) -> list[str]:
    """Settings asked for that are shown otherwise; right after a create none are shown."""
    if not isinstance(wanted, dict):
        return []
    return [
        f"settings.{key}"
        for key, value in wanted.items()
        if key in live.settings and not _is_same(value, live.settings[key])
    ]


def _hidden_settings(wanted: object, live: Pipe) -> list[str]:
    """Settings asked for of which nothing is shown."""
    asked = wanted if isinstance(wanted, dict) else {}
    return [f"settings.{key}" for key in asked if key not in live.settings]


def _hidden_sizes(wanted: object, live: Scaling | None) -> list[str]:
    """Sizes asked for of which nothing is shown, or nothing but a 0 while they settle."""
    asked = wanted if isinstance(wanted, dict) else {}
    shown = live.model_dump(by_alias=True) if live is not None and live.replicas else {}
    return [f"scaling.{key}" for key, value in asked.items() if value and not shown.get(key)]


def _sizes(wanted: object, live: Scaling | None) -> list[str]:
    """Sizes asked for that are shown otherwise; while a size settles none or 0 is shown."""
    if not isinstance(wanted, dict) or live is None or not live.replicas:
        return []
    shown = live.model_dump(by_alias=True, exclude_none=True)
    return [
        f"scaling.{key}" for key, value in wanted.items() if shown.get(key) and value != shown[key]
    ]
