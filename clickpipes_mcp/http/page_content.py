"""What one look at pipes tells a page: one content for the panel that draws it, and its figures."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from clickpipes_mcp.http.looks import Content, Look
from clickpipes_mcp.http.readers import DIAGNOSIS, LIST, METRICS, PIPE, rows

_READINGS_ARE_MISSING: Final = "Readings are missing"
_SHOWN_ABOVE: Final = ("summary", "environment", "read", "warnings", "clickpipes")
_OF_A_STATE: Final = ("summary", "state", "state_means")
_IS_BEING_MADE: Final = "; the diagnosis is being made, and is here in a few seconds"
_LOOKS_AGAIN: Final = "The page looks again by itself."


def fleet_content(look: Look) -> Content:
    """The list of all pipes, those first that need a person."""
    listed = look.of.get(LIST, {})
    figures: Mapping[str, Any] = look.figures
    pipes = sorted(
        rows(listed, "clickpipes"), key=lambda one: -figures.get(one["id"], {}).get("rank", 0)
    )
    of_services = look.of.get(METRICS, {}).values()
    troubles = [_trouble(_READINGS_ARE_MISSING, told) for told in of_services if _is_error(told)]
    return _headed(look, {**listed, "clickpipes": pipes}, troubles)


def pipe_content(look: Look, *, is_diagnosed: bool) -> Content:
    """One pipe with its readings and its diagnosis, in the fields of the answers to each.

    `is_diagnosed` is whether there will be a diagnosis.
    """
    pipe, metrics = look.of.get(PIPE, {}), look.of.get(METRICS, {})
    diagnosis = look.of.get(DIAGNOSIS)
    content = {**pipe, "readings": rows(metrics, "readings")}
    troubles = []
    if _is_error(metrics):
        troubles.append(_trouble(_READINGS_ARE_MISSING, metrics))
    elif metrics and not content["readings"]:
        troubles.append(str(metrics.get("summary", "")))
    if diagnosis is None:
        content["read"] = _IS_BEING_MADE if is_diagnosed else ""
    elif _is_error(diagnosis):
        troubles.append(_trouble("The diagnosis is missing", diagnosis))
    else:
        is_of_now = diagnosis.get("state") == pipe.get("state")
        content |= {k: v for k, v in diagnosis.items() if is_of_now or k not in _OF_A_STATE}
        troubles += _texts(diagnosis, "warnings")
    content.pop("next_actions", None)  # a page only shows
    return _headed(look, {**content, "warnings": _texts(pipe, "warnings")}, troubles)


def fallback_rows(content: Content, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pipes of a list, each with its last figures, for a browser that runs no script."""
    found = []
    for one in rows(content, "clickpipes"):
        known = figures.get(one["id"], {})
        read = known.get("last", {}).items()
        last = {name: f"{value:.10g}" for name, value in read if name != "at"}
        urgent = {"attention": known["attention"]} if "attention" in known else {}
        found.append({**one, **last, **urgent})
    return found


def fallback_facts(content: Content, figures: Mapping[str, Any]) -> Content:
    """What else there is, for such a browser."""
    rest = {key: value for key, value in content.items() if key not in _SHOWN_ABOVE and value}
    return {**rest, "state_history": figures["states"]} if "states" in figures else rest


def _headed(look: Look, content: dict[str, object], troubles: list[str]) -> Content:
    """The content under what is said of the look itself."""
    warnings = [*_of_look(look), *_texts(content, "warnings"), *troubles]
    if look.at is None:
        summary = "Nothing could be read yet." if look.trouble else "Looking …"
        return {"summary": summary, "environment": "", "read": "", "warnings": warnings}
    read = f"read at {look.at:%H:%M:%S} UTC{content.get('read', '')}"
    return {"environment": "", **content, "read": read, "warnings": warnings}


def _of_look(look: Look) -> Iterator[str]:
    if look.trouble is not None:
        what = f"No newer answer than that of {look.at:%H:%M:%S} UTC" if look.at else "No answer"
        fix = str(look.trouble.get("fix", ""))
        yield " ".join(filter(None, (_trouble(what, look.trouble), fix, _LOOKS_AGAIN)))


def _is_error(told: object) -> bool:
    return isinstance(told, Mapping) and "problem" in told


def _trouble(what: str, told: object) -> str:
    return f"{what}: {told.get('problem', '')}" if isinstance(told, Mapping) else what


def _texts(content: Mapping[str, object], key: str) -> list[str]:
    found = content.get(key)
    return [str(one) for one in found] if isinstance(found, list) else []
