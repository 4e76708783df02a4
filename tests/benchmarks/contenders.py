"""Who is measured: how each is started, and which calls of theirs do the same."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.environments import Interpreters
from tests.benchmarks.stdio import Call
from tests.benchmarks.upstream import ORGANIZATION, pipes_path
from tests.faults.processes import KEY

PROGRAMS = Path(__file__).parent / "programs"
OURS, FLOOR, PASS_THROUGH, GENERATED = "ours", "floor", "pass-through", "generated"


@dataclass(frozen=True)
class Contender:
    """A server. `argv` starts it as its users do, `busy_argv` where nothing limits its requests.

    `list_of` and `get_of` are the calls that list the pipes of a service and show one;
    `http_option` is what stands before the port on its command line. None is not measured.
    """

    key: str
    argv: tuple[str, ...]
    busy_argv: tuple[str, ...]
    first_call: Call
    list_of: Callable[[str], Call] | None
    get_of: Callable[[str, str], Call] | None
    http_option: tuple[str, ...] | None = ()


def contenders(interpreters: Interpreters, service: str) -> list[Contender]:
    """All that can be measured here; `service` is where the first call of each reads."""
    ours = str(interpreters.ours)
    unlimited = (ours, str(PROGRAMS / "unlimited.py"))
    floor = (ours, str(PROGRAMS / "floor.py"))
    passing = (ours, str(PROGRAMS / "pass_through.py"))
    found = [
        Contender(
            OURS,
            (str(interpreters.ours.with_name("clickpipes-mcp")),),
            unlimited,
            _our_list(service),
            _our_list,
            lambda service, pipe: ("get_clickpipe", {"service": service, "clickpipe": pipe}),
            ("--http",),
        ),
        Contender(FLOOR, floor, floor, ("echo", {"text": "hello"}), None, None),
        Contender(
            PASS_THROUGH,
            passing,
            passing,
            _passed_list(service),
            _passed_list,
            lambda service, pipe: ("read", {"path": f"{pipes_path(service)}/{pipe}"}),
        ),
    ]
    if interpreters.generated is not None:
        generated = (
            str(interpreters.generated),
            str(PROGRAMS / "generated.py"),
            str(interpreters.document),
        )
        found.append(
            Contender(
                GENERATED,
                generated,
                generated,
                _generated_list(service),
                _generated_list,
                lambda service, pipe: (
                    "clickPipeGet",
                    {
                        "organizationId": ORGANIZATION,
                        "serviceId": service,
                        "clickPipeId": pipe,
                    },
                ),
                None,
            )
        )
    return found


def environment(api_url: str, home: Path) -> Mapping[str, str]:
    """What every server finds: the API, its key, and a home of its own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "CLICKPIPES_API_URL": api_url,
        "CLICKPIPES_KEY_ID": KEY[0],
        "CLICKPIPES_KEY_SECRET": KEY[1],
        "CLICKPIPES_ORGANIZATION_ID": ORGANIZATION,
    }


def _our_list(service: str) -> Call:
    return ("list_clickpipes", {"service": service})


def _passed_list(service: str) -> Call:
    return ("read", {"path": pipes_path(service)})


def _generated_list(service: str) -> Call:
    return ("clickPipeGetList", {"organizationId": ORGANIZATION, "serviceId": service})


def here() -> Interpreters:
    """The program as it stands in this environment, and nobody generated."""
    return Interpreters(Path(sys.executable), None, None)
