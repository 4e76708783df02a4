"""Runs a look at a source: which addresses may be asked, for how long, and what may be told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
from pydantic import JsonValue

from clickpipes_mcp.checks.addresses import REACHED, JudgedAddresses
from clickpipes_mcp.checks.checklist import (
    AddressRefused,
    Checked,
    Outcome,
    Place,
    Seen,
    SourceCheck,
)
from clickpipes_mcp.checks.shown_records import MOST_LETTERS
from clickpipes_mcp.clock import Clock
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.source_facts import Address

LONGEST_S: Final = 20.0
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
    show_sample: bool = False,
) -> Seen:
    """Look at a source. Nothing is connected to whose address the operator does not allow.

    The address that was judged is the one that is connected to: a second lookup could answer
    another. What comes back holds none of the `secrets` and no text that cannot be seen, and no
    data unless `show_sample` says so.
    """
    judged = JudgedAddresses(allow_private=allow_private)
    try:
        for host in dict.fromkeys(one.host for one in addresses if not check.finds_hosts):
            await judged.address(host)
        seen = await _look(check, configuration, judged, clock, show_sample=show_sample)
    except AddressRefused as error:
        seen = Seen((error.refusal,))
    return _clean(seen if show_sample else replace(seen, sample=()), Redactor().knowing(secrets))


async def _look(
    check: SourceCheck,
    configuration: Mapping[str, JsonValue],
    judged: JudgedAddresses,
    clock: Clock,
    *,
    show_sample: bool,
) -> Seen:
    ends_at = clock.monotonic() + LONGEST_S
    loop = anyio.lowlevel.current_token()
    place = Place(
        configuration,
        lambda host: anyio.from_thread.run(judged.address, host, token=loop),
        lambda: ends_at - clock.monotonic(),
        show_sample=show_sample,
    )
    try:
        with anyio.fail_after(LONGEST_S):
            return await anyio.to_thread.run_sync(
                partial(check.look, place), abandon_on_cancel=True
            )
    except TimeoutError:
        late = f"The source was not done answering within {LONGEST_S:g} s."
        mend = "Look whether it is overloaded, or far from here."
        return Seen((Checked(REACHED, Outcome.UNSEEN, late, mend),))


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
        sample=tuple(redactor.clean(one, limit=MOST_LETTERS) for one in seen.sample),
    )


def _masked(value: JsonValue, redactor: Redactor) -> JsonValue:
    if isinstance(value, dict):
        return {name: _masked(inner, redactor) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner, redactor) for inner in value]
    return redactor.mask_echoes(value) if isinstance(value, str) else value
