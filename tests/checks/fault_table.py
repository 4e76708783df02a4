"""Faults of a source, one at a time: what a look finds, told in the table of the run."""

import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from clickpipes_mcp.checks import Outcome, Seen
from tests import diagnosed_table


@dataclass(frozen=True)
class Fault:
    """What is wrong, how that comes about at the server, and what of the source is asked for."""

    finding: str
    happen: Callable[[Any], object] = lambda _: None
    source: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.NOT_OK


def not_ok(seen: Seen) -> list[tuple[str, Outcome]]:
    return [
        (one.prerequisite, one.outcome) for one in seen.checked if one.outcome is not Outcome.OK
    ]


async def looked_at(
    look: Callable[..., Awaitable[Seen]],
    server: Any,
    fault: Fault,
    record_property: Callable[[str, object], None],
    title: str,
    *,
    is_kept: bool = False,
) -> Seen:
    """What is found while the fault is there; `is_kept` where nothing is wrong."""
    fault.happen(server)
    began = time.perf_counter()
    seen = await look(server, **fault.source)
    took_ms = f"{(time.perf_counter() - began) * 1000:.0f}"
    names = [name for name, _ in not_ok(seen)]
    false = names if is_kept else [name for name in names if name != fault.finding]
    found = "-" if is_kept else "yes" if fault.finding in names else "no"
    called = f"nothing: {fault.finding}" if is_kept else fault.finding
    record_property(diagnosed_table.CHECKED, (title, called, found, len(false), took_ms))
    return seen


async def wrongly_judged(
    look: Callable[..., Awaitable[Seen]],
    ready: Callable[[], AbstractContextManager[Any]],
    faults: Iterable[Fault],
    record_property: Callable[[str, object], None],
    title: str,
    *,
    hidden: Collection[str] = (),
) -> list[tuple[str, object]]:
    """The faults that were not found, or not alone, or that tell what is hidden.

    Each is looked at on a server of its own, in one test: what is measured is measured in all.
    """
    wrong: list[tuple[str, object]] = []
    for fault in faults:
        with ready() as server:
            seen = await looked_at(look, server, fault, record_property, title)
        found = [one for one in seen.checked if one.outcome is not Outcome.OK]
        is_told = all(one.evidence and one.mend for one in found)
        is_alone = not_ok(seen) == [(fault.finding, fault.outcome)]
        if not (is_told and is_alone) or any(text in repr(seen) for text in hidden):
            wrong.append((fault.finding, found))
    return wrong
