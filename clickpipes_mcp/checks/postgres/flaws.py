"""The shape of a judge: what it says of the facts of a PostgreSQL source."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from clickpipes_mcp.checks.postgres.facts import Facts


@dataclass(frozen=True)
class Flaw:
    """What was seen that is not as it has to be, and what mends it."""

    evidence: str
    mend: str


Judge: TypeAlias = Callable[[Facts], Flaw | str | None]
"""What is wrong; or what shows that nothing is; or None where it does not apply."""
