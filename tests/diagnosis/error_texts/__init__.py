"""Error texts that people pasted in public, and how an answer to one is judged.

Each set is a list of texts with the system that said it, the kind of pipe it comes from, words of
which one must stand in the first finding (`a+b`: both), and systems that must not be blamed. The
first set was given; where its original is at hand, that is read. The others were written before
the rules that answer them, from other places, to see how rules do on texts they were not made for:
of the second 86 of 246 were right before, of the third 156 of 194 at first sight.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import Facts, Finding

HERE = Path(__file__).parent
SETS = ("first", "second", "third")
_ORIGINAL = Path("shared", "reference", "error-texts.json")
FAMILIES = {
    "kafka": Family.STREAMING,
    "kinesis": Family.STREAMING,
    "pubsub": Family.STREAMING,
    "objectStorage": Family.OBJECT_STORAGE,
}
BLAMED_BY = {
    "postgres": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mongodb": "mongodb",
    "kafka": "kafka",
    "registry": "schema_registry",
    "kinesis": "kinesis",
    "pubsub": "pubsub",
    "bigquery": "bigquery",
    "object-storage": "s3",
    "destination": "clickhouse",
    "mapping": "clickhouse",
    **dict.fromkeys(
        ("service", "access", "request", "edit", "settings", "scaling", "api", "pipe"),
        "clickpipes_api",
    ),
}
"""Whose fault a finding says it is, by what its id begins with."""

SOURCES = {"postgres", "mysql", "mongodb", "kafka", "kinesis", "pubsub", "bigquery", "s3"}


@dataclass(frozen=True)
class ErrorText:
    """A text with what is expected of an answer to it."""

    id: str
    system: str
    arm: str
    text: str
    keywords: tuple[str, ...]
    not_systems: frozenset[str]

    def facts(self) -> Facts:
        """A pipe of that kind which works."""
        family = FAMILIES.get(self.arm, Family.DATABASE)
        return Facts(arm=self.arm, family=family, state="Running")

    def is_answered_by(self, said: str) -> bool:
        """Whether one of the keywords stands in what was said."""
        low = said.lower()
        return any(
            all(word.lower() in low for word in keyword.split("+")) for keyword in self.keywords
        )

    def is_blamed_wrongly(self, cause: str) -> bool:
        """Whether a finding of that id speaks of a system that has nothing to do with it."""
        return BLAMED_BY.get(cause.partition(".")[0], "") in self.not_systems


def error_texts(name: str) -> tuple[ErrorText, ...]:
    """A set by its name."""
    path = next(_places(name))
    return tuple(
        ErrorText(
            entry["id"],
            entry["system"],
            entry["arm"],
            entry["text"],
            tuple(entry["keywords"]),
            frozenset(entry.get("not_systems") or _others(entry["system"])),
        )
        for entry in json.loads(path.read_text(encoding="utf-8"))
    )


def said_by(finding: Finding) -> str:
    """All that a finding says: title, cause and fix."""
    rule = finding.rule
    return " ".join((rule.title, rule.cause, *(f"{step.text} {step.code}" for step in rule.fix)))


def _places(name: str) -> Iterator[Path]:
    if name == "first":
        originals = (parent / _ORIGINAL for parent in HERE.parents)
        yield from (path for path in originals if path.is_file())
    yield HERE / f"{name}.json"


def _others(system: str) -> set[str]:
    files = {"gcs": "s3", "azure_blob": "s3", "schema_registry": "kafka"}
    others = {*SOURCES, "clickhouse"} - {files.get(system, system)}
    if files.get(system, system) == "s3":
        others -= {"clickhouse"}  # which reads the files, and says what the store said
    return others if system != "network" else {"clickhouse"}
