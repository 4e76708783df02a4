"""What a tool answers: a small view, once as text and once as structured content.

Views are never wire models. Both forms are complete, because some clients show the model only
one of them; both leave out what is absent.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from clickpipes_mcp.errors import ClickPipesError, NextAction, RateLimited
from clickpipes_mcp.errors import UnknownPipe as _UnknownPipe

MOST_NEXT_ACTIONS = 3
MOST_PROBLEMS = 20
_FRAME = ("summary", "environment", "warnings", "next_actions")
T = TypeVar("T")


class Action(BaseModel):
    """A call that would make sense next."""

    model_config = ConfigDict(frozen=True)

    tool: str
    arguments: dict[str, object]
    why: str


class View(BaseModel):
    """The frame of every answer; subclasses add the facts."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    summary: str
    environment: str = ""
    warnings: list[str] = Field(default_factory=list)
    next_actions: list[Action] = Field(default_factory=list, max_length=MOST_NEXT_ACTIONS)


def actions(*suggested: NextAction) -> list[Action]:
    """Next actions in the form that a view holds."""
    return [Action(tool=s.tool, arguments=s.arguments, why=s.why) for s in suggested]


def cut(items: Sequence[T], most: int) -> list[T | str]:
    """The first items of a list, and a last one that says how many were left out."""
    rest = len(items) - most
    return [*items[:most], f"and {rest} more"] if rest > 0 else [*items]


def rows_shown(start: int, shown: int, matching: int) -> str:
    """Which rows of a list are shown, where these are not all."""
    if shown == matching:
        return ""
    return f", rows {start + 1} to {start + shown}" if shown else f", none after row {start}"


def structured_content(view: View) -> dict[str, object]:
    """A view as structured content: nothing null, nothing empty but the lists of facts."""
    dumped = view.model_dump(mode="json", exclude_none=True)
    return {key: value for key, value in dumped.items() if key not in _FRAME or value}


def text(view: View, content: Mapping[str, object] | None = None) -> str:
    """A view as compact text: a table for rows, `key: value` lines otherwise.

    `content` is its structured content, where that is there already.
    """
    content = structured_content(view) if content is None else content
    lines = [f"{content['summary']} [{content['environment']}]"]
    for key, value in content.items():
        if key not in _FRAME:
            is_part = isinstance(getattr(view, key), BaseModel)
            lines += _part(value) if is_part else _fact(key, value)
    lines += _notes(view.warnings, view.next_actions)
    return "\n".join(lines)


def _part(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fact(key, inner)


def _fact(key: str, value: object) -> Iterator[str]:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        yield f"{key}:"
        yield from _table(value)
    elif isinstance(value, (dict, list)):
        if value:
            yield f"{key}: {_compact(value)}"
    else:
        yield f"{key}: {value}"


def _table(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    yield " | ".join(columns)
    for row in rows:
        yield " | ".join(_cell(row.get(column, "")) for column in columns)


def _cell(value: object) -> str:
    plain = _compact(value) if isinstance(value, (dict, list)) else str(value)
    return plain.replace("|", "/").replace("\n", " ")


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _notes(warnings: Sequence[str], next_actions: Sequence[Action]) -> Iterator[str]:
    if warnings:
        yield "Warnings:"
        yield from (f"- {warning}" for warning in warnings)
    if next_actions:
        yield "Next:"
        yield from (f"- {a.tool} {_compact(a.arguments)}: {a.why}" for a in next_actions)


def error_content(
    error: ClickPipesError, environment: str, warnings: Sequence[str] = ()
) -> dict[str, object]:
    """A failure as structured content."""
    content: dict[str, object] = {
        "ok": False,
        "environment": environment,
        "code": error.code,
        "problem": error.message,
        "retryable": error.may_be_repeated,
    }
    if error.problems:
        content["problems"] = [
            {
                key: value
                for key, value in (
                    ("field", problem.path),
                    ("problem", problem.message),
                    ("allowed", list(problem.allowed)),
                    ("fix", problem.fix),
                    ("rule", problem.rule),
                )
                if value
            }
            for problem in error.problems[:MOST_PROBLEMS]
        ]
    if isinstance(error, _UnknownPipe) and error.candidates:
        content["candidates"] = list(error.candidates)
    if isinstance(error, RateLimited):
        content["wait_s"] = error.wait_s
    if warnings:
        content["warnings"] = list(warnings)
    if error.fix:
        content["fix"] = error.fix
    if error.request_id:
        content["request_id"] = error.request_id
    if error.next_actions:
        content["next_actions"] = [a.model_dump() for a in actions(*error.next_actions)]
    return content


def error_text(error: ClickPipesError, environment: str, warnings: Sequence[str] = ()) -> str:
    """A failure as text, with the same facts as its structured content."""
    lines = [f"{error.code}: {error.message} [{environment}]"]
    if error.problems:
        for problem in error.problems[:MOST_PROBLEMS]:
            allowed = f" Allowed: {', '.join(problem.allowed)}." if problem.allowed else ""
            fix = f" {problem.fix}" if problem.fix else ""
            rule = f" ({problem.rule})" if problem.rule else ""
            place = f"{problem.path}: " if problem.path else ""
            lines.append(f"- {place}{problem.message.rstrip('.')}.{allowed}{fix}{rule}")
        if error.count > MOST_PROBLEMS:
            lines.append(f"- and {error.count - MOST_PROBLEMS:,} more")
    if isinstance(error, _UnknownPipe) and error.candidates:
        lines.append(f"Candidates: {'; '.join(error.candidates)}")
    if error.fix:
        lines.append(f"What to do: {error.fix}")
    if error.may_be_repeated:
        lines.append("Repeating the call may help.")
    if error.request_id:
        lines.append(f"request id: {error.request_id}")
    lines += _notes(warnings, actions(*error.next_actions))
    return "\n".join(lines)


def make_encodable(content: T) -> T:
    """Text or structured content with a question mark in place of what no encoding knows."""
    try:
        to_json(content)
    except ValueError:
        return cast("T", _replace_unknown(content))
    return content


def _replace_unknown(content: object) -> object:
    if isinstance(content, str):
        return content if content.isascii() else content.encode(errors="replace").decode()
    if isinstance(content, dict):
        return {
            str(_replace_unknown(key)): _replace_unknown(value) for key, value in content.items()
        }
    if isinstance(content, list):
        return [_replace_unknown(item) for item in content]
    return content
