"""Prerequisites with their judges: what each says of the facts of a source."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from clickpipes_mcp.checks.checklist import Checked, Outcome

F = TypeVar("F")


@dataclass(frozen=True)
class Flaw:
    """What was seen that is not as it has to be, and what mends it."""

    evidence: str
    mend: str


@dataclass(frozen=True)
class Unseen:
    """Why nothing is known of a prerequisite, and how it can be seen."""

    evidence: str
    mend: str = ""


Judged: TypeAlias = Flaw | Unseen | str | None
"""What is wrong; or why that cannot be told; or what shows that nothing is wrong; or None where
the prerequisite does not apply."""


def judge(judges: Mapping[str, Callable[[F], Judged]], facts: F) -> Iterator[Checked]:
    """Every prerequisite that applies, by its id, in the order of the judges."""
    for prerequisite, judged in judges.items():
        found = judged(facts)
        if isinstance(found, Flaw):
            yield Checked(prerequisite, Outcome.NOT_OK, found.evidence, found.mend)
        elif isinstance(found, Unseen):
            yield Checked(prerequisite, Outcome.UNSEEN, found.evidence, found.mend)
        elif found is not None:
            yield Checked(prerequisite, Outcome.OK, found)
