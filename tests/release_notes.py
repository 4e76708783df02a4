"""What changed for users of the tools between two versions, as a page for the release notes.

`python tests/release_notes.py v0.1.0` compares that version with the files at hand, and
`python tests/release_notes.py BEFORE AFTER` any two: a git revision, or a folder of schemas.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

HERE = "tool_schemas"
BREAKS = "**breaks** "
MANY = 4
"""So many tools that changed in the same way share a line."""

Tools = Mapping[str, Mapping[str, Any]]


def in_folder(folder: Path) -> Tools:
    """The published tools by name."""
    read = (json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json"))
    return {tool["name"]: tool for tool in read}


def at_revision(revision: str) -> Tools:
    """The tools that were published at a git revision."""
    listed = _git("ls-tree", "--name-only", revision, f"{HERE}/").splitlines()
    files = [name for name in listed if name.endswith(".json")]
    read = (json.loads(_git("show", f"{revision}:{name}")) for name in files)
    return {tool["name"]: tool for tool in read}


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    return done.stdout


@dataclass
class Fields:
    """The fields of a schema by their dotted paths, and which of them must be given."""

    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)

    def add(self, schema: Mapping[str, Any], prefix: str = "") -> "Fields":
        """Add the fields below a schema."""
        for name, inner in schema.get("properties", {}).items():
            path = f"{prefix}{name}"
            self.facts[path] = {**inner, **_of_items(inner)}
            if name in schema.get("required", ()):
                self.required.add(path)
            self.add(inner, f"{path}.")
            self.add(inner.get("items", {}), f"{path}[].")
        return self


def _of_items(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What a list says of its items stands beside what it says of itself."""
    items = schema.get("items", {})
    return {"type": f"list of {items['type']}", **_values(items)} if "type" in items else {}


def _values(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"enum": schema["enum"]} if "enum" in schema else {}


def release_notes(before: Tools, after: Tools) -> str:
    """The page; one line when nothing changed."""
    come, gone = after.keys() - before.keys(), before.keys() - after.keys()
    kept = sorted(before.keys() & after.keys())
    changed = {name: list(_changes(before[name], after[name])) for name in kept}
    often = {change for change, times in Counter(chain(*changed.values())).items() if times >= MANY}
    lines = [
        *(f"- {BREAKS}`{name}` is gone." for name in sorted(gone)),
        *(f"- New tool `{name}`: {_purpose(after[name])}." for name in sorted(come)),
    ]
    for change in sorted(often):
        tools = [name for name in kept if change in changed[name]]
        lines += [f"- {change}: {_listed(tools)}"]
    for name, changes in changed.items():
        own = [f"  - {change}" for change in changes if change not in often]
        lines += [f"- `{name}`", *own] if own else []
    return "\n".join(lines) or "Nothing changed in the tools."


def _purpose(tool: Mapping[str, Any]) -> str:
    return str(tool["description"]).split(". ")[0].rstrip(".")


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_arguments(
        Fields().add(before["inputSchema"]), Fields().add(after["inputSchema"])
    )
    old, new = Fields().add(before["outputSchema"]).facts, Fields().add(after["outputSchema"]).facts
    yield from (f"{BREAKS}answers no `{path}`" for path in _topmost(old, new))
    yield from (f"answers `{path}` too" for path in _topmost(new, old))
    for hint, value in after["annotations"].items():
        was = before["annotations"].get(hint)
        if was != value:
            yield f"`{hint}` is {json.dumps(value)}, was {json.dumps(was)}"
    if before["toolset"] != after["toolset"]:
        yield f"{BREAKS}is in toolset `{after['toolset']}`, was in `{before['toolset']}`"
    if before["description"] != after["description"]:
        yield "is described in other words"


def _topmost(some: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """The paths that only the first have, without what stands below one of them."""
    missing = [path for path in some if path not in others]
    return [
        path for path in missing if not any(path.startswith((f"{m}.", f"{m}[].")) for m in missing)
    ]


def _of_arguments(before: Fields, after: Fields) -> Iterator[str]:
    for path in _topmost(before.facts, after.facts):
        yield f"{BREAKS}takes no `{path}`"
    for path in _topmost(after.facts, before.facts):
        is_needed = path in after.required and _parent(path) in {"", *before.facts}
        needed = ", which has to be given" if is_needed else ""
        yield f"{BREAKS if needed else ''}takes `{path}` ({after.facts[path]['type']}){needed}"
    for path, facts in after.facts.items():
        if path in before.facts:
            yield from _of_argument(path, before.facts[path], facts)
            if (path in after.required) is not (path in before.required):
                needed = f"{BREAKS}`{path}` has to be given"
                yield needed if path in after.required else f"`{path}` need not be given"


def _parent(path: str) -> str:
    return path.rpartition(".")[0].removesuffix("[]")


def _of_argument(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before.get("enum", []), after.get("enum", [])
    gone, come = ([v for v in old if v not in new], [v for v in new if v not in old])
    if old and new and gone:
        yield f"{BREAKS}`{path}` takes no {_listed(gone)}"
    if old and new and come:
        yield f"`{path}` takes {_listed(come)} too"
    if bool(old) is not bool(new):
        yield f"{BREAKS}`{path}` takes {_listed(new)} alone" if new else f"`{path}` takes any value"
    for fact in ("type", "default", "minimum", "maximum", "maxItems", "minItems", "pattern"):
        if before.get(fact) != after.get(fact):
            breaks = BREAKS if fact == "type" else ""
            now, was = _said(after.get(fact)), _said(before.get(fact))
            yield f"{breaks}`{path}`: {fact} is {now}, was {was}"


def _listed(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _said(value: object) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


def tools_of(version: str) -> Tools:
    """The tools in a folder of that name, or else at that revision."""
    return in_folder(Path(version)) if Path(version).is_dir() else at_revision(version)


def main(before: str, after: str = HERE) -> None:
    sys.stdout.write(f"{release_notes(tools_of(before), tools_of(after))}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
