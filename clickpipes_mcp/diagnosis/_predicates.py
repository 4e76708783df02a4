"""The words that conditions over facts are written in."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._rule import Evidence, Predicate, Where
from clickpipes_mcp.patterns import Pattern

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


def both(*conditions: Predicate) -> Predicate:
    """All of them hold."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        seen: list[Evidence] = []
        for condition in conditions:
            evidence = condition(facts)
            if evidence is None:
                return None
            seen.extend(evidence)
        return tuple(seen)

    return predicate


def either(*conditions: Predicate) -> Predicate:
    """At least one of them holds."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        held = [evidence for condition in conditions if (evidence := condition(facts)) is not None]
        return tuple(item for evidence in held for item in evidence) if held else None

    return predicate


def unless(condition: Predicate) -> Predicate:
    """It does not hold."""
    return lambda facts: () if condition(facts) is None else None


def in_state(*states: str) -> Predicate:
    """The pipe is in one of these states."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        if facts.state not in states:
            return None
        age = "" if facts.state_age_s is None else f" for {duration(facts.state_age_s)}"
        return (Evidence(Where.STATE, f"The pipe is {facts.state}{age}."),)

    return predicate


def in_state_for(seconds: float, *states: str) -> Predicate:
    """The pipe has been in one of these states for that long."""
    return both(_aged(lambda facts: facts.state_age_s, seconds), in_state(*states))


def pipe_is_older_than(seconds: float) -> Predicate:
    """The pipe was created that long ago."""
    return _aged(lambda facts: facts.pipe_age_s, seconds)


def _aged(read: Callable[[Facts], float | None], seconds: float) -> Predicate:
    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        age = read(facts)
        return () if age is not None and age >= seconds else None

    return predicate


def service_in(*states: str) -> Predicate:
    """The destination service is in one of these states."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        state = facts.service.state
        if state not in states:
            return None
        return (Evidence(Where.SERVICE, f"The service is {state}."),)

    return predicate


def of_family(family: Family) -> Predicate:
    """The pipe is known to be of that family."""
    return lambda facts: () if facts.family is family else None


def of_arm(*arms: str) -> Predicate:
    """The source is known to be of one of these kinds."""
    return lambda facts: () if facts.arm in arms else None


def of_type(*types: str) -> Predicate:
    """The source is known to be of one of these types."""
    return lambda facts: () if facts.source_type in types else None


def answered(*statuses: int) -> Predicate:
    """The last call was answered with one of these HTTP statuses."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        if facts.http_status not in statuses:
            return None
        return (Evidence(Where.ERROR, f"The API answered {facts.http_status}."),)

    return predicate


def endpoint_in(*statuses: str) -> Predicate:
    """A reverse private endpoint is in one of these states."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        found = [endpoint for endpoint in facts.endpoints if endpoint.status in statuses]
        return tuple(_seen(item.id, item.status) for item in found) if found else None

    return predicate


def _seen(endpoint: str, status: str) -> Evidence:
    return Evidence(Where.ENDPOINT, f"Private endpoint {endpoint} is {status}.")


def tunnel_in(*statuses: str) -> Predicate:
    """The key of the pipe's SSH tunnel has one of these statuses."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        tunnel = facts.tunnel
        if tunnel is None or tunnel.status not in statuses:
            return None
        told = f": {tunnel.told}" if tunnel.told else "."
        text = f"The last login on {tunnel.bastion} is {tunnel.status}{told}"
        return (Evidence(Where.TUNNEL, text),)

    return predicate


def configured(path: str, *values: JsonValue) -> Predicate:
    """A field has one of these values. Paths begin at a field of `Facts`; `[]` visits items."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        found = [value for value in leaves(facts, path) if value in values]
        if not found:
            return None
        return (Evidence(Where.CONFIGURATION, f"{path} is {found[0]}.", len(found)),)

    return predicate


def configured_like(path: str, pattern: str) -> Predicate:
    """A text field matches; its value is not shown."""
    wanted = Pattern(pattern, ignores_case=True)

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        texts = [value for value in leaves(facts, path) if isinstance(value, str)]
        if not any(map(wanted.is_in, texts)):
            return None
        return (Evidence(Where.CONFIGURATION, f"{path} shows it."),)

    return predicate


def any_item(path: str, test: Callable[[Mapping[str, object]], bool], seen: str) -> Predicate:
    """An object at the path passes the test; `seen` says what that shows."""

    def predicate(facts: Facts) -> tuple[Evidence, ...] | None:
        items = [item for item in leaves(facts, path) if isinstance(item, Mapping)]
        count = sum(test(item) for item in items)
        return (Evidence(Where.CONFIGURATION, seen, count),) if count else None

    return predicate


def present(path: str) -> Predicate:
    """The field is there and not empty."""
    return lambda facts: () if any(leaves(facts, path)) else None


def leaves(facts: Facts, path: str) -> Iterator[object]:
    """The values at a path, none where it leads nowhere."""
    root, *keys = path.replace("[]", ".[]").split(".")
    values: list[object] = [getattr(facts, root)]
    for key in keys:
        values = [inner for value in values for inner in _within(value, key)]
    return iter(values)


def _within(value: object, key: str) -> Sequence[object]:
    if key == "[]":
        return value if isinstance(value, list | tuple) else ()
    if isinstance(value, Mapping) and value.get(key) is not None:
        return (value[key],)
    return ()


def duration(seconds: float) -> str:
    """A length of time in its largest whole unit: "3 d", "5 h", "12 min", "40 s"."""
    for unit_s, unit in ((DAY_S, "d"), (HOUR_S, "h"), (60.0, "min")):
        if seconds >= unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds:.0f} s"
