"""What people run into with a source and no error tells."""

from collections.abc import Iterator

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.diagnosis import ADVICE, Advice, Facts

MOST_PITFALLS = 10


def pitfalls(spec: SourceSpec) -> str:
    """The advice that concerns the source, what is about it alone first."""
    facts = Facts(family=spec.family, arm=spec.arm)
    concerned = [
        piece
        for piece in ADVICE
        if piece.concerns(facts)
        and (not piece.types or not spec.types or set(piece.types) & set(spec.types))
    ]
    ranked = sorted(concerned, key=_breadth)
    return "\n".join(_lines(ranked[:MOST_PITFALLS]))


def _breadth(piece: Advice) -> int:
    return 0 if piece.arms or piece.types else 1 if piece.families else 2


def _lines(pieces: list[Advice]) -> Iterator[str]:
    for piece in pieces:
        yield f"- {piece.title}. {piece.cause} {' '.join(step.text for step in piece.fix)}"
