"""The report of a comparison: what has drifted, and what differs on purpose."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from clickpipes_mcp.contract import KnownDifference
from clickpipes_mcp.counting import counted
from clickpipes_mcp.drift.comparison import Difference, differences
from clickpipes_mcp.drift.document import Document, Key, Operation
from clickpipes_mcp.drift.known import known_lines
from clickpipes_mcp.drift.own_document import own_document


@dataclass(frozen=True)
class Report:
    """What the document called `name` and this package do not agree on.

    `held` are the differences on purpose that were found, `not_met` those that were not: there
    the document agrees by now, or says nothing.
    """

    name: str
    drift: tuple[Difference, ...]
    held: Mapping[str, KnownDifference]
    not_met: Mapping[str, KnownDifference]

    def as_json(self) -> dict[str, object]:
        return {
            "ok": not self.drift,
            "compared_with": self.name,
            "drift": [vars(one) for one in self.drift],
            "held_on_purpose": _listed(self.held),
            "not_met": _listed(self.not_met),
        }

    def as_lines(self) -> Iterator[str]:
        yield f"Compared with {self.name}."
        for place in dict.fromkeys(one.where for one in self.drift):
            yield f"\n{_file(place)}"
            for one in self.drift:
                if one.where == place:
                    yield f"  {one.line}" + (f" ({one.detail})" if one.detail else "")
        count = len(self.drift)
        said = {0: "No drift.", 1: "1 difference."}.get(count, f"{count} differences.")
        yield f"\n{said} {len(self.held)} more are on purpose (--json lists them):"
        reasons = Counter((known.reason, known.source) for known in self.held.values())
        for (reason, source), times in reasons.most_common():
            yield f"  {times:>3}  {reason} ({source})"
        if self.not_met:
            are = counted(len(self.not_met), "known difference is", "known differences are")
            yield f"{are} not in this document."


def compare(theirs: Mapping[Key, Operation], name: str) -> Report:
    """What a document and this package do not agree on.

    Raises:
        UnreadableDocument: The document refers to what it does not hold, or goes too deep.
    """
    found = {one.line: one for one in differences(theirs, _ours())}
    known = known_lines()
    return Report(
        name=name,
        drift=tuple(one for line, one in found.items() if line not in known),
        held={line: why for line, why in known.items() if line in found},
        not_met={line: why for line, why in known.items() if line not in found},
    )


@cache
def _ours() -> Mapping[Key, Operation]:
    return dict(Document(own_document()))


def _listed(lines: Mapping[str, KnownDifference]) -> list[dict[str, str]]:
    return [
        {"line": line, "reason": known.reason, "source": known.source}
        for line, known in lines.items()
    ]


def _file(where: str) -> str:
    """`package.module:Class` as the file to open and the class in it."""
    module, _, name = where.partition(":")
    return f"{module.replace('.', '/')}.py, {name}"
