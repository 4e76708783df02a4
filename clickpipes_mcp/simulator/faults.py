"""What can go wrong, as data."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias, get_args

FaultKind: TypeAlias = Literal[
    "latency", "status", "reset", "truncate", "not_json", "content_type", "trickle", "unknown_ca",
    "source", "idle_service",
]  # fmt: skip
Moment: TypeAlias = Literal["before", "after"]
# What a 429 says of the wait: the service's own header, the standard one in either form, or both.
WaitForm: TypeAlias = Literal["both", "reset", "retry-after", "retry-after-date", "none"]

KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)


KIND_MEANINGS: Final[Mapping[FaultKind, str]] = {
    "latency": "The answer takes `seconds` of real time, and up to `jitter` more.",
    "status": "The answer has this `status` and `text`; 429 tells to wait `seconds`.",
    "reset": "The connection breaks off.",
    "truncate": "The body ends in the middle.",
    "not_json": "The body is an HTML page, under this `status`.",
    "content_type": "The answer calls itself HTML.",
    "trickle": "The body comes over `seconds`.",
    "unknown_ca": "TLS shows a certificate that nobody signed; in process, requests fail.",
    "source": "A source or bastion whose address holds `path` is refused with `text`.",
    "idle_service": "The running service goes to sleep.",
}
FIELD_MEANINGS: Final[Mapping[str, str]] = {
    "kind": "What goes wrong; it has to be given.",
    "method": "Only requests of this method, such as `POST`.",
    "path": "Only requests whose path holds this.",
    "times": "How often it happens. Left out: always.",
    "status": "Status of the answer.",
    "when": "`before` or `after` the request has taken effect.",
    "seconds": "How long it takes, or what 429 tells to wait.",
    "jitter": "Seconds that latency may take besides.",
    "headers": "How 429 says it: `both`, `reset`, `retry-after`, `retry-after-date`, `none`.",
    "text": "What the answer says.",
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with the requests it matches.

    FIELD_MEANINGS tells of its fields.
    """

    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int | None = None
    when: Moment = "before"
    status: int = 503
    seconds: float = 0.0
    jitter: float = 0.0
    headers: WaitForm = "both"
    text: str = ""

    def matches(self, method: str, path: str) -> bool:
        """Whether a request falls under it."""
        return self.method in ("", method) and self.path in path


_NOT_OF_REQUESTS: Final = frozenset({"source", "idle_service"})
_FIELDS: Final[Mapping[str, tuple[type, ...]]] = {
    "kind": (str,),
    "method": (str,),
    "path": (str,),
    "times": (int, type(None)),
    "when": (str,),
    "status": (int,),
    "seconds": (int, float),
    "jitter": (int, float),
    "headers": (str,),
    "text": (str,),
}


def parse_fault(value: object) -> Fault:
    """A fault from its JSON form. Raises ValueError naming what is wrong with it."""
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise ValueError(f"a fault needs a kind out of {', '.join(KINDS)}")
    for key, given in value.items():
        if key not in _FIELDS or not isinstance(given, _FIELDS[key]) or isinstance(given, bool):
            raise ValueError(f"a fault has no such field or value: {key}")
    if value.get("when", "before") not in get_args(Moment):
        raise ValueError("when is before or after")
    if value.get("headers", "both") not in get_args(WaitForm):
        raise ValueError(f"headers is one of {', '.join(get_args(WaitForm))}")
    return Fault(**value)


def fault_document(fault: Fault) -> dict[str, object]:
    """The JSON form of a fault."""
    return {field.name: getattr(fault, field.name) for field in fields(fault)}


class FaultBoard:
    """The faults in force and how often each may still happen."""

    def __init__(self, faults: tuple[Fault, ...] = (), seed: int = 0) -> None:
        self._left: list[tuple[Fault, int | None]] = []
        self._rng = random.Random(f"faults {seed}")  # noqa: S311 - jitter, not a secret
        self.replace(faults)

    def replace(self, faults: tuple[Fault, ...]) -> None:
        """Put these in the place of all others."""
        self._left = [(fault, fault.times) for fault in faults]

    def current(self) -> tuple[Fault, ...]:
        """The faults in force."""
        return tuple(fault for fault, left in self._left if left != 0)

    def is_empty(self) -> bool:
        """Whether nothing is to go wrong."""
        return not self._left

    def take(self, method: str, path: str) -> list[Fault]:
        """The faults that hit this request, counted down."""
        hit: list[Fault] = []
        for index, (fault, left) in enumerate(self._left):
            is_for_requests = fault.kind not in _NOT_OF_REQUESTS
            if is_for_requests and left != 0 and fault.matches(method, path):
                hit.append(fault)
                self._count_down(index)
        return hit

    def take_unknown_ca(self) -> bool:
        """Whether this TLS connection meets an unknown certificate, counted down."""
        for index, (fault, left) in enumerate(self._left):
            if fault.kind == "unknown_ca" and left != 0:
                self._count_down(index)
                return True
        return False

    def _count_down(self, index: int) -> None:
        fault, left = self._left[index]
        self._left[index] = (fault, None if left is None else left - 1)

    def delay_s(self, fault: Fault) -> float:
        """How long this occurrence of a latency lasts."""
        return fault.seconds + self._rng.uniform(0.0, fault.jitter)

    def source_faults(self) -> Iterator[Fault]:
        """The faults of sources."""
        return (fault for fault in self.current() if fault.kind == "source")
