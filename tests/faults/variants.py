"""The faults of the matrix, and what each must come to.

Every kind the simulator knows has at least one variant; a kind that is not written down here is
tried with its defaults, and then only what must hold for every cell is asked of it.
"""

from dataclasses import dataclass, field

from clickpipes_mcp.simulator.faults import KINDS, Fault

DONE = "done"
ALWAYS = frozenset({"source", "idle_service", "unknown_ca"})
"""Kinds that are in force, rather than happening once."""


@dataclass(frozen=True)
class Variant:
    """One fault and its ends, each `done` or an error code; empty where anything true will do.

    `again` is how many more times the request leaves. `acts` says whether a write takes effect.
    """

    name: str
    fault: Fault
    read: frozenset[str] = frozenset()
    write: frozenset[str] = frozenset()
    create: frozenset[str] = frozenset()
    read_again: int | None = None
    write_again: int | None = None
    acts: bool | None = None


@dataclass(frozen=True)
class _Ends:
    read: str = DONE
    write: str = DONE
    create: str = DONE
    read_again: int = 0
    write_again: int = 0
    acts: bool = True
    fault: dict[str, object] = field(default_factory=dict)


_STATUS = {"kind": "status"}
_KNOWN: dict[str, _Ends] = {
    "latency": _Ends(fault={"kind": "latency", "seconds": 3.0}),
    "429, wait told": _Ends(
        read_again=1, write_again=1, fault=_STATUS | {"status": 429, "seconds": 2.0}
    ),
    "429, wait as a date": _Ends(
        read_again=1,
        write_again=1,
        fault=_STATUS | {"status": 429, "seconds": 2.0, "headers": "retry-after-date"},
    ),
    "429, wait untold": _Ends(
        read_again=1, write_again=1, fault=_STATUS | {"status": 429, "headers": "none"}
    ),
    "500 before": _Ends(
        "api_failure", "api_failure", "api_failure", acts=False, fault=_STATUS | {"status": 500}
    ),
    "500 after": _Ends(
        "api_failure", "api_failure", fault=_STATUS | {"status": 500, "when": "after"}
    ),
    "503 before": _Ends(
        DONE, "api_failure", "api_failure", 1, acts=False, fault=_STATUS | {"status": 503}
    ),
    "503 after": _Ends(DONE, "api_failure", DONE, 1, fault=_STATUS | {"when": "after"}),
    "504 after": _Ends(
        DONE, "api_failure", DONE, 1, fault=_STATUS | {"status": 504, "when": "after"}
    ),
    "reset before": _Ends(
        DONE, "unreachable", "unreachable", 1, acts=False, fault={"kind": "reset"}
    ),
    "reset after": _Ends(DONE, "unreachable", DONE, 1, fault={"kind": "reset", "when": "after"}),
    "truncate": _Ends("unreadable_answer", "unreadable_answer", fault={"kind": "truncate"}),
    "not_json": _Ends(DONE, "api_failure", DONE, 1, fault={"kind": "not_json"}),
    "not_json, 200": _Ends(
        "unreadable_answer",
        "unreadable_answer",
        fault={"kind": "not_json", "status": 200, "text": "<html>log in</html>"},
    ),
    "content_type": _Ends(fault={"kind": "content_type"}),
    "trickle": _Ends(fault={"kind": "trickle", "seconds": 5.0}),
}


def _variant(name: str, ends: _Ends) -> Variant:
    return Variant(
        name,
        Fault(**{"times": 1, **ends.fault}),
        frozenset({ends.read}),
        frozenset({ends.write}),
        frozenset({ends.create}),
        ends.read_again,
        ends.write_again,
        ends.acts,
    )


def _variants() -> tuple[Variant, ...]:
    known = [_variant(name, ends) for name, ends in _KNOWN.items()]
    named = {variant.fault.kind for variant in known}
    unnamed = [
        Variant(kind, Fault(kind=kind, times=None if kind in ALWAYS else 1))
        for kind in KINDS
        if kind not in named
    ]
    return (*known, *unnamed)


VARIANTS = _variants()
