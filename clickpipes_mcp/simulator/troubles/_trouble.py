"""What can be wrong with a pipe, as data that state, metrics and rows are all read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clickpipes_mcp.simulator.lifecycle import Step


class Cure(StrEnum):
    """What ends a trouble."""

    START = "start"  # the person mended something out there and started the pipe again
    RESYNC = "resync"
    CREDENTIALS = "credentials"
    SCALING = "scaling"
    SETTINGS = "settings"


def _unchanged() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True)
class Record:
    """A row of an error table: what the record was refused for, and the record itself."""

    code: str
    text: str
    raw: str


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a pipe and how it shows.

    `cause` names it for tests of a diagnosis. `arms` are the kinds of source it happens to, the
    first is the one a scenario takes. `steps` is the way of the state. `says` is the text of the
    operational errors: a row of the log table for streaming and object-storage pipes, the console
    only for database pipes. `fetches` and `sends` are shares of the healthy rate; what is fetched
    and not sent is lost or waits. `demand_millicores` is the compute the pipe would need.
    `source` and `settings` change the pipe that a scenario seeds; `endpoint` is the fate of a
    private endpoint beside it, `tunnel` says that it goes through a bastion that refuses it,
    `parts` how many active parts its table has. `lasted_s` is how long a scenario has it last
    already, so that whoever looks at once sees what takes time to show.
    """

    cause: str
    arms: tuple[str, ...]
    steps: tuple[Step, ...]
    says: str = ""
    says_per_s: float = 0.0
    record: Record | None = None
    records_per_s: float = 0.0
    fetches: float = 1.0
    sends: float = 1.0
    latency_ms: float | None = None
    demand_millicores: float | None = None
    slot_mib_per_s: float = 0.0
    parts: int = 0
    endpoint: str = ""
    tunnel: bool = False
    lasted_s: float = 600.0
    cures: frozenset[Cure] = frozenset({Cure.START})
    source: Mapping[str, object] = field(default_factory=_unchanged)
    settings: Mapping[str, object] = field(default_factory=_unchanged)
