"""The shape of what a look at a source comes to: prerequisites, each with what was seen of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec

from pydantic import JsonValue


class Outcome(StrEnum):
    """What is known of a prerequisite."""

    OK = "ok"
    NOT_OK = "not ok"
    UNSEEN = "could not look"


@dataclass(frozen=True)
class Checked:
    """One prerequisite: what was seen, and the statement or step that mends it.

    `evidence` may hold names of things at the source; whoever shows it cleans it first.
    """

    prerequisite: str
    outcome: Outcome
    evidence: str
    mend: str = ""


@dataclass(frozen=True)
class Seen:
    """All that was seen of a source.

    `notes` are worth knowing and no fault. `proposal` are fields of the source and `destination`
    is where to, in the words of the create tool; both are empty where nothing can be proposed.
    `called` names what was looked at. `sample` are records as they are at the source; whoever asks
    for none is told none.
    """

    checked: tuple[Checked, ...]
    notes: tuple[str, ...] = ()
    proposal: Mapping[str, JsonValue] = field(default_factory=dict)
    destination: Mapping[str, JsonValue] = field(default_factory=dict)
    called: str = ""
    sample: tuple[str, ...] = field(default=(), repr=False)


class AddressRefused(Exception):
    """A host may not be connected to: it is none, or its address is not allowed."""

    def __init__(self, refusal: Checked) -> None:
        super().__init__(refusal.evidence)
        self.refusal = refusal


class LookEnded(Exception):
    """Nothing more can be seen, for what is told."""

    def __init__(self, why: Checked) -> None:
        super().__init__(why.evidence)
        self.why = why


@dataclass(frozen=True)
class Place:
    """Where to look: the configuration under the API's keys, with its secrets, and addresses.

    `pin` leads from a host to the address that was judged and has to be connected to, however
    often it is asked and from whichever thread; it raises AddressRefused where none may be. The
    hosts that are given are judged before a look begins; others may turn up while it lasts.
    `remaining_s` tells how much of the time for the whole look is left. `show_sample` is whether
    records are wanted which a look reads for nothing but to show them.
    """

    configuration: Mapping[str, JsonValue] = field(repr=False)
    pin: Callable[[str], str]
    remaining_s: Callable[[], float]
    show_sample: bool = False


@dataclass(frozen=True)
class SourceCheck:
    """How one kind of source is looked at.

    source: its key. extra: what to install. module: what the extra brings. optional: required
    fields of a create that a look can do without. look: runs in a thread of its own, reads only,
    and ends by itself once no time is left. documentation: where the prerequisites are told.
    finds_hosts: whether what a configuration names may be no host but lead to some; the look then
    has each judged itself. reads_records: whether it reads any of the data. busy: fields of what a
    pipe that runs has in use, which a look would take for somebody else's.
    """

    source: str
    extra: str
    module: str
    optional: tuple[str, ...]
    look: Callable[[Place], Seen]
    documentation: str
    finds_hosts: bool = False
    reads_records: bool = False
    busy: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        """Whether the extra is there; imports at most the package that its module is in."""
        try:
            return find_spec(self.module) is not None
        except ModuleNotFoundError:  # not even that package
            return False


def text_of(configuration: Mapping[str, JsonValue], name: str) -> str:
    """A field that holds text; empty where it is left out."""
    value = configuration.get(name)
    return value if isinstance(value, str) else ""


def part_of(configuration: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    """A field that holds fields; empty where it is left out."""
    value = configuration.get(name)
    return value if isinstance(value, dict) else {}
