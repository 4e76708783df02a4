"""The facts of documents that are not part of the project, kept beside this file without prose.

`document.json` holds what the OpenAPI document of August 2026 says of ClickPipes and services:
names, types, values and ranges. `cases.json` holds recorded requests and what the API made of them.
`python -m tests.published.facts FOLDER` renews both from the documents in a folder.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROSE = frozenset(
    {
        "contact", "deprecated", "description", "example", "examples", "info", "security",
        "servers", "summary", "tags", "title",
    }
)  # fmt: skip
NAMED = frozenset({"paths", "properties", "schemas"})  # what stands below are names, not words
_KEY_ID = re.compile(r"\bAKIA[A-Z0-9]+\b")  # looks like a real one to who searches for leaks
CASE_FACTS = ("id", "method", "path", "body", "precondition", "expect", "status", "error_contains")


def facts_of_document(document: dict[str, Any]) -> dict[str, Any]:
    """What is said of names, types, values and ranges, without a word of prose."""
    facts: dict[str, Any] = _facts(document)
    for verbs in facts["paths"].values():
        for operation in verbs.values():
            operation["responses"] = {"200": operation["responses"]["200"]}
    return facts


def _facts(value: Any) -> Any:
    if isinstance(value, list):
        return [_facts(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        word: {name: _facts(one) for name, one in inner.items()} if word in NAMED else _facts(inner)
        for word, inner in value.items()
        if word not in PROSE
    }


def facts_of_cases(document: dict[str, Any]) -> dict[str, Any]:
    """The recorded requests with what became of them, their keys invented anew."""
    cases = json.loads(_KEY_ID.sub("example-access-key", json.dumps(document["cases"])))
    return {"cases": [{name: case[name] for name in CASE_FACTS if name in case} for case in cases]}


KEPT = {
    "document.json": ("clickpipes-openapi.json", facts_of_document, 3),
    "cases.json": ("api-cases.json", facts_of_cases, 2),
}
"""By the name of a file: its source, what makes it, and how deep the values stand on own lines."""


def written(facts: dict[str, Any], depth: int) -> str:
    """The text of a file of facts."""
    deeper = rf"\n {{{depth + 1},}}|\n {{{depth}}}(?=[\]}}])"
    return re.sub(deeper, "", json.dumps(facts, indent=1)) + "\n"


def kept(name: str) -> dict[str, Any]:
    """The facts in a file beside this one."""
    return dict(json.loads((HERE / name).read_text(encoding="utf-8")))


if __name__ == "__main__":
    for name, (source, facts_of, depth) in KEPT.items():
        document = json.loads((Path(sys.argv[1]) / source).read_text(encoding="utf-8"))
        (HERE / name).write_text(written(facts_of(document), depth), encoding="utf-8")
