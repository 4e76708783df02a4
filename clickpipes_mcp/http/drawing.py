"""What tools answered of pipes, as the templates of the pages want it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clickpipes_mcp.http.looks import Content, Look
from clickpipes_mcp.http.readers import DIAGNOSIS, LIST, METRICS, PIPE, rows
from clickpipes_mcp.pipe_states import Health, state_named

_MARKS: Final = {
    Health.UNHEALTHY: "✕",
    Health.CHANGING: "◐",
    Health.STOPPED: "■",
    Health.HEALTHY: "●",
}
"""A shape for each health, the most urgent first: colours alone tell not everybody apart."""

_UNREAD: Final = {"lag": "", "written": "", "errors": ""}
_ORDER: Final = tuple(_MARKS)


def fleet_facts(look: Look) -> dict[str, object]:
    """The rows of all pipes, those that need a person first, and what is said above them."""
    listed, metrics = _content(look, LIST), _content(look, METRICS)
    readings = _readings(listed, metrics)
    ids = {one["service"]: str(one["id"]) for one in rows(listed, "services")}
    pipes = [
        {
            **one,
            **_marked(str(one["state"])),
            "service_id": ids.get(one.get("service"), ""),
            "readings": {**_UNREAD, **readings.get((one.get("service"), one["name"]), {})},
        }
        for one in rows(listed, "clickpipes")
    ]
    pipes.sort(key=_urgency)
    return {
        "summary": listed.get("summary", ""),
        "environment": listed.get("environment", ""),
        "states": str(listed.get("states", "")).split(", ") if pipes else [],
        "pipes": pipes,
        "has_services": any("service" in one for one in pipes),
        "are_some_unread": any(not one["readings"].get("state") for one in pipes),
        "warnings": [*_texts(listed, "warnings"), *_troubles(metrics)],
        "trouble": look.trouble,
        "read_at": look.at,
    }


def pipe_facts(look: Look) -> dict[str, object]:
    """One pipe with its readings and its diagnosis."""
    pipe, diagnosis = _content(look, PIPE), _content(look, DIAGNOSIS)
    metrics = _content(look, METRICS)
    steps = rows(diagnosis, "steps")
    state = str(pipe.get("state", ""))
    return {
        "pipe": pipe,
        **_marked(state),
        "means": diagnosis.get("state_means") if diagnosis.get("state") == state else None,
        "environment": pipe.get("environment", ""),
        "readings": [{**one, "value": _grouped(one["value"])} for one in rows(metrics, "readings")],
        "no_readings": metrics.get("problem") or metrics.get("summary", ""),
        "diagnosis": diagnosis,
        "findings": [
            {**one, "steps": [step for step in steps if step["no"] == one["no"]]}
            for one in rows(diagnosis, "findings")
        ],
        "worth_knowing": _texts(diagnosis, "worth_knowing"),
        "not_seen": _texts(diagnosis, "not_seen"),
        "parts": {
            part: list(_flat(pipe.get(part)))
            for part in ("configuration", "destination", "scaling")
            if pipe.get(part)
        },
        "trouble": look.trouble,
        "read_at": look.at,
    }


def _content(look: Look, tool: str) -> Content:
    return look.of.get(tool, {})


def _marked(state: str) -> dict[str, str]:
    health = state_named(state).health
    return {"health": health.value, "mark": _MARKS[health]}


def _readings(listed: Content, metrics: Content) -> Mapping[tuple[object, object], Any]:
    """The line of each pipe by service and name; none where two go by the same ones."""
    names = {str(one["id"]): one["service"] for one in rows(listed, "services")}
    lines = [
        ((names.get(service), line["clickpipe"]), line)
        for service, told in metrics.items()
        if isinstance(told, Mapping)
        for line in rows(told, "clickpipes")
    ]
    often = Counter(key for key, _ in lines)
    return {
        key: {
            **line,
            "lag": _lag(line["latency_ms"]),
            "written": _grouped(line["records_written"]),
        }
        for key, line in lines
        if often[key] == 1
    }


def _grouped(value: str) -> str:
    """A large number with its thousands apart."""
    return f"{int(value):,}" if value.isdecimal() else value


def _lag(told_ms: str) -> str:
    try:
        lag_ms = float(told_ms)
    except ValueError:
        return ""
    return f"{lag_ms:.0f} ms" if lag_ms < 1000 else f"{lag_ms / 1000:,.1f} s"


def _urgency(pipe: Mapping[str, Any]) -> tuple[int, float, float, str]:
    def number(name: str) -> float:
        try:
            return float(pipe["readings"].get(name) or 0)
        except ValueError:
            return 0.0

    rank = _ORDER.index(Health(pipe["health"]))
    return rank, -number("errors"), -number("latency_ms"), str(pipe["name"]).casefold()


def _troubles(metrics: Content) -> Iterator[str]:
    for told in metrics.values():
        if isinstance(told, Mapping) and "problem" in told:
            yield f"Readings are missing: {told['problem']}"


def _texts(content: Content, key: str) -> list[str]:
    found = content.get(key)
    return [str(one) for one in found] if isinstance(found, list) else []


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Everything that is set, each under its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{number}]")
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
