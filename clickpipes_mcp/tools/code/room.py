"""How much of a plan an answer has room for, and what is said of the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.tools.views import cut


@dataclass(frozen=True)
class Room:
    """How many of each an answer shows; None shows all.

    `rows` are pipes and steps, `changes` fields, `told` sentences, `names` pipes in a sentence.
    """

    rows: int | None = 50
    changes: int | None = 60
    told: int | None = 40
    names: int | None = 20

    def list_names(self, names: Sequence[str]) -> str:
        """Names, and how many more there are."""
        return ", ".join(names if self.names is None else cut(names, self.names))


SHORT: Final = Room()
"""For an assistant, whose context is the user's money."""

WHOLE: Final = Room(rows=None, changes=None, told=None, names=None)
"""For a person or a program at the command line."""


def tell_cut(most: int | None, count: int, things: str) -> Iterator[str]:
    """How many are shown of how many, where these are not all."""
    if most is not None and count > most:
        yield (
            f"Only {most} of {count} {things} are shown: clickpipes-mcp plan and apply show all, "
            "and so do calls with a part of the file."
        )
