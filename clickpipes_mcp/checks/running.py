"""Runs a look at a source: which addresses may be asked, for how long, and what may be told."""

import re
import socket
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import anyio
import anyio.to_thread
from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import Checked, Outcome, Place, Seen, SourceCheck
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.ip_ranges import is_of_own_network, is_public
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.source_facts import Address

LONGEST_S: Final = 20.0
_LOOK_UP_S: Final = 4.0
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?|[0-9A-Fa-f:.]{2,45}")
_REACHED: Final = "reachable"
_MOST_EVIDENCE: Final = 400
_MOST_OF_A_NAME: Final = 60


async def run_check(
    check: SourceCheck,
    configuration: Mapping[str, JsonValue],
    addresses: Iterable[Address],
    *,
    allow_private: bool,
    secrets: Collection[str],
    clock: Clock,
) -> Seen:
    """Look at a source. Nothing is connected to whose address the operator does not allow.

    The address that was judged is the one that is connected to: a second lookup could answer
    another. What comes back holds none of the `secrets` and no text that cannot be seen.
    """
    pinned: dict[str, str] = {}
    refused: Checked | None = None
    for host in dict.fromkeys(one.host for one in addresses):
        found = await _judge(host, allow_private=allow_private)
        if isinstance(found, Checked):
            refused = found
            break
        pinned[host] = found
    seen = Seen((refused,)) if refused else await _look(check, configuration, pinned, clock)
    return _clean(seen, Redactor().knowing(secrets))


async def _judge(host: str, *, allow_private: bool) -> str | Checked:
    """The address to connect to, or why none is."""
    found: list[str] = []
    if _HOST.fullmatch(host):
        try:
            with anyio.move_on_after(_LOOK_UP_S):
                items = await anyio.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                found = list(dict.fromkeys(str(item[4][0]) for item in items))
        except OSError:
            found = []
    if not found:
        return _unseen(f"{host} has no address that this machine knows.", "Correct the host.")
    if all(is_public(one) for one in found):
        return found[0]
    if not all(is_public(one) or is_of_own_network(one) for one in found):
        return _unseen(
            f"{host} has an address that is never connected to: of metadata services, link-local "
            "or reserved.",
            "Correct the host.",
        )
    if not allow_private:
        return _unseen(
            f"{host} has an address of a private network.",
            "The operator sets CLICKPIPES_CHECKS=private where such addresses may be looked at.",
        )
    return found[0]


def _unseen(evidence: str, mend: str) -> Checked:
    return Checked(_REACHED, Outcome.UNSEEN, evidence, mend)


async def _look(
    check: SourceCheck,
    configuration: Mapping[str, JsonValue],
    pinned: Mapping[str, str],
    clock: Clock,
) -> Seen:
    ends_at = clock.monotonic() + LONGEST_S
    place = Place(configuration, pinned, lambda: ends_at - clock.monotonic())
    try:
        with anyio.fail_after(LONGEST_S):
            return await anyio.to_thread.run_sync(
                partial(check.look, place), abandon_on_cancel=True
            )
    except TimeoutError:
        late = f"The source was not done answering within {LONGEST_S:g} s."
        return Seen((_unseen(late, "Look whether it is overloaded, or far from here."),))


def _clean(seen: Seen, redactor: Redactor) -> Seen:
    return replace(
        seen,
        checked=tuple(
            replace(
                one,
                evidence=redactor.clean(one.evidence, limit=_MOST_EVIDENCE),
                mend=redactor.clean(one.mend, limit=_MOST_EVIDENCE),
            )
            for one in seen.checked
        ),
        notes=tuple(redactor.clean(note, limit=_MOST_EVIDENCE) for note in seen.notes),
        proposal={name: _masked(value, redactor) for name, value in seen.proposal.items()},
        destination={name: _masked(value, redactor) for name, value in seen.destination.items()},
        called=redactor.clean(seen.called, limit=_MOST_OF_A_NAME),
    )


def _masked(value: JsonValue, redactor: Redactor) -> JsonValue:
    if isinstance(value, dict):
        return {name: _masked(inner, redactor) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, redactor) for inner in value]
    return redactor.mask_echoes(value) if isinstance(value, str) else value
