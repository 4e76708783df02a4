"""What a diagnosis says first, and what beside its findings is worth knowing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Breadth, Confidence, Finding
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.evidence.causes import MOST_NOTES, Judged
from clickpipes_mcp.tools.evidence.gathering import Sight
from clickpipes_mcp.tools.insight.findings import (
    BOTH,
    PIPE,
    Found,
    Told,
    clock_time,
    evidence_of,
    merge,
)
from clickpipes_mcp.tools.insight.trends import trends


@dataclass(frozen=True)
class Judgement:
    """What the quoted error says and what the pipe shows, before both are merged."""

    text: str
    told: Told
    judged: Judged

    @property
    def found(self) -> tuple[Found, ...]:
        """What is wrong; where nothing is, what is worth knowing."""
        found = merge(self.told, self.judged)
        if found or self.text:
            return found
        return tuple(Found(note, PIPE) for note in self.judged.notes[:MOST_NOTES])


def headline(judgement: Judgement, pipe: Pipe, sight: Sight) -> str:
    """What the quoted error means and what the pipe shows, told apart."""
    name = f"“{clean(pipe.name, limit=80)}”"
    found, of_pipe = judgement.found, [one for one in judgement.found if one.of == PIPE]
    if not judgement.text:
        if not judgement.judged.causes:
            end = ", as far as could be seen." if sight.unseen else "."
            return f"Nothing wrong found with {name}, which is {pipe.state}{end}"
        return _of_seen(found[0].finding, name) + more(found)
    quoted = next((one for one in found if one.of != PIPE), None)
    if quoted is None:
        said = "The quoted error is unknown here."
    else:
        said = of_quoted(quoted.finding)
        if judgement.told.is_foreign:
            said += f" It is not about what {name} reads."
        if quoted.of == BOTH:
            return f"{said} {name} itself shows the same.{more(found)}"
    if not of_pipe:
        return f"{said} What can be seen of {name}, which is {pipe.state}, shows no other cause."
    return f"{said} {name} itself shows: {of_pipe[0].finding.rule.title}."


def of_quoted(finding: Finding) -> str:
    """What a quoted error means."""
    title = finding.rule.title
    if finding.confidence is Confidence.LOW:
        return f"The quoted error is not known for certain; perhaps: {title}."
    return f"The quoted error means, most likely: {title}."


def _of_seen(finding: Finding, name: str) -> str:
    rule = finding.rule
    if rule.breadth is Breadth.LAST_RESORT:
        return f"{rule.title}. {rule.cause} This is about {name}."
    if finding.confidence is Confidence.LOW:
        return f"No certain cause of the trouble with {name} was seen; perhaps: {rule.title}."
    return f"Most likely cause of the trouble with {name}: {rule.title}."


def more(found: Sequence[Found]) -> str:
    """That there are others."""
    return f" ({len(found) - 1} more below)" if len(found) > 1 else ""


def worth_knowing(judgement: Judgement, sight: Sight) -> Iterator[str]:
    """What went by, what else is so, a start that did not help, and how lag and rates moved."""
    judged, facts = judgement.judged, sight.facts
    for finding in judged.over[:MOST_NOTES]:
        evidence = next(evidence_of(finding, facts))
        yield f"Over, as far as can be seen: {finding.rule.title}. {evidence}"
    if judgement.text or judged.causes:
        yield from (f"{note.rule.title}. {note.rule.cause}" for note in judged.notes[:MOST_NOTES])
    if facts.start_failed_at:
        time = clock_time(facts.start_failed_at, facts.seen_at)
        yield (
            f"It was started at {time} and failed again: another start helps only after something "
            "was changed."
        )
    asks_since = any(one.is_measured for one in judged.causes)
    yield from trends(sight.past, facts.seen_at, asks_since=asks_since)
