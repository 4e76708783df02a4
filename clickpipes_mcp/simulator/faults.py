"""What can go wrong, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias, get_args

FaultKind: TypeAlias = Literal[
    "latency", "status", "reset", "truncate", "not_json", "content_type", "trickle", "source",
    "idle_service",
]  # fmt: skip
Moment: TypeAlias = Literal["before", "after"]

KINDS: Final[tuple[FaultKind, ...]] = get_args(FaultKind)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with the requests it matches.

    `method` and `path` choose requests (path by substring), both empty means all; `times` is how
    often it happens, None for always. `when` says whether the request takes effect first.
    `latency` and `trickle` last `seconds` of real time, spread over the request or each piece of
    the body. `source` refuses a source whose address holds `path`, with `text`.
    `status` 429 carries `seconds` in both rate-limit headers.
    """

    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int | None = None
    when: Moment = "before"
    status: int = 503
    seconds: float = 0.0
    text: str = ""

    def matches(self, method: str, path: str) -> bool:
        """Whether a request falls under it."""
        return self.method in ("", method) and self.path in path


_FIELDS: Final[Mapping[str, tuple[type, ...]]] = {
    "kind": (str,),
    "method": (str,),
    "path": (str,),
    "times": (int, type(None)),
    "when": (str,),
    "status": (int,),
    "seconds": (int, float),
    "text": (str,),
}


def parse_fault(value: object) -> Fault:
    """A fault from its JSON form. Raises ValueError naming what is wrong with it."""
    if not isinstance(value, dict) or value.get("kind") not in KINDS:
        raise ValueError(f"a fault needs a kind out of {', '.join(KINDS)}")
    for key, given in value.items():
        if key not in _FIELDS or not isinstance(given, _FIELDS[key]):
            raise ValueError(f"a fault has no such field or value: {key}")
    if value.get("when", "before") not in get_args(Moment):
        raise ValueError("when is before or after")
    return Fault(**value)


def fault_document(fault: Fault) -> dict[str, object]:
    """The JSON form of a fault."""
    return {field.name: getattr(fault, field.name) for field in fields(fault)}


class FaultBoard:
    """The faults in force and how often each may still happen."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._left: list[tuple[Fault, int | None]] = []
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
            is_for_requests = fault.kind not in ("source", "idle_service")
            if is_for_requests and left != 0 and fault.matches(method, path):
                hit.append(fault)
                self._left[index] = (fault, None if left is None else left - 1)
        return hit

    def source_faults(self) -> Iterator[Fault]:
        """The faults of sources."""
        return (fault for fault in self.current() if fault.kind == "source")
