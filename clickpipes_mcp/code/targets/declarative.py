"""Pipes in this package's own form: one YAML document each, which plan and apply read."""

from typing import Final

from clickpipes_mcp.code.declaration import Declaration
from clickpipes_mcp.code.target import Selection, Written
from clickpipes_mcp.code.targets.shell import comment

_HEAD: Final = "# Read by plan_clickpipes and apply_clickpipes, or clickpipes-mcp plan and apply.\n"


def write_declarations(selection: Selection) -> Written:
    """One document for each pipe; nothing is lost."""
    return Written("".join([_HEAD, *map(_document, selection.pipes)]))


def _document(pipe: Declaration) -> str:
    import yaml  # late: start-up time

    stopped = {"stopped": True} if pipe.rests else {}
    body = {"kind": pipe.spec.key, **pipe.arguments, **stopped}
    notes = "".join(f"{comment(note)}\n" for note in pipe.notes)
    text = yaml.safe_dump(_plain(body), sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{notes}{text}"


def _plain(value: object) -> object:
    """A value of nothing but what YAML knows."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
