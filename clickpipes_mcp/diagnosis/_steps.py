"""What to do about a cause: single steps, told apart by who does them and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pydantic import JsonValue

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis.providers import Provider


class StepKind(StrEnum):
    """Where a step happens."""

    SQL_AT_SOURCE = "sql-at-source"
    SQL_AT_CLICKHOUSE = "sql-at-clickhouse"
    AT_SOURCE = "at-source"
    IAM = "iam"
    ALLOW_LIST = "allow-list"
    TOOL_CALL = "tool-call"
    CONSOLE = "console"
    SUPPORT = "support"
    WAIT = "wait"


def _no_arguments() -> dict[str, JsonValue]:
    return {}


@dataclass(frozen=True)
class Step:
    """One step. `code` is what to run or grant; for a tool call it is the name of the tool.

    `arguments` are those of the tool beside the pipe or service it is called for; `lowers` where
    their numbers are meant as less than what there is, rather than more. `changes` are the fields
    of a source of which an update has to be able to change one. `is_anew` where the pipe is to be
    created again, whatever its source. `families`, `arms`, `types` and `providers` are the pipes
    and the hosts of sources it makes sense for; empty means all.
    """

    kind: StepKind
    text: str
    code: str = ""
    arguments: Mapping[str, JsonValue] = field(default_factory=_no_arguments)
    changes: tuple[str, ...] = ()
    lowers: bool = False
    is_anew: bool = False
    families: tuple[Family, ...] = ()
    arms: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    providers: tuple[Provider, ...] = ()

    def suits(
        self,
        family: Family | None,
        arm: str = "",
        provider: Provider | None = None,
        source_type: str | None = "",
    ) -> bool:
        """Whether it makes sense for such a pipe; what is not known does not speak against it."""
        return (
            (not self.families or family is None or family in self.families)
            and (not self.arms or not arm or arm in self.arms)
            and (not self.types or not source_type or source_type in self.types)
            and (not self.providers or provider is None or provider in self.providers)
        )


def only_for(step: Step, *families: Family) -> Step:
    """A step that makes sense for some pipes only."""
    return replace(step, families=families)


def of_arms(step: Step, arms: tuple[str, ...]) -> Step:
    """A step that makes sense for some kinds of source only."""
    return replace(step, arms=arms)


def of_types(step: Step, types: tuple[str, ...]) -> Step:
    """A step that makes sense for some types of a source only."""
    return replace(step, types=types)


def hosted(step: Step, *providers: Provider) -> Step:
    """The form of a step where one of these providers hosts the source."""
    return replace(step, providers=providers)


def source_sql(text: str, code: str) -> Step:
    """Statements for the source database."""
    return Step(StepKind.SQL_AT_SOURCE, text, code)


def clickhouse_sql(text: str, code: str) -> Step:
    """Statements for the destination service."""
    return Step(StepKind.SQL_AT_CLICKHOUSE, text, code)


def at_source(text: str, code: str = "") -> Step:
    """A change of the source that is not SQL: a parameter, a producer, a name."""
    return Step(StepKind.AT_SOURCE, text, code)


def iam(text: str, code: str = "") -> Step:
    """A permission, role or trust policy at the cloud provider."""
    return Step(StepKind.IAM, text, code)


def allow_list(text: str, code: str = "") -> Step:
    """A firewall or allow-list entry."""
    return Step(StepKind.ALLOW_LIST, text, code)


LOGIN = ("credentials", "access_key", "service_account_key", "connection_string")
"""Where sources keep what lets a pipe in."""

ADDRESS = ("host", "uri", "brokers")
"""Where sources keep the address of a server."""

TABLES = ("table_mappings_to_remove", "table_mappings")
"""Where databases keep which tables are read."""


def tool(name: str, text: str, *, changes: tuple[str, ...] = (), **arguments: JsonValue) -> Step:
    """A call of one of this server's tools; see `Step` for `changes`."""
    return Step(StepKind.TOOL_CALL, text, name, arguments, changes=changes)


def anew(text: str) -> Step:
    """The pipe created again; its source's guide tells how where no source is known."""
    return Step(StepKind.TOOL_CALL, text, "get_source_guide", is_anew=True)


def lowering(step: Step) -> Step:
    """A call whose numbers are to be less than what there is."""
    return replace(step, lowers=True)


def console(text: str) -> Step:
    """Something only the ClickHouse Cloud console does."""
    return Step(StepKind.CONSOLE, text)


def support(text: str) -> Step:
    """Something only ClickHouse support does."""
    return Step(StepKind.SUPPORT, text)


def wait(text: str) -> Step:
    """Nothing to do but wait."""
    return Step(StepKind.WAIT, text)


START = tool("start_clickpipe", "Start the pipe again; it goes on where it was.")
STOP = tool("stop_clickpipe", "Pause the pipe; the source keeps its change log for it.")
RESYNC = tool(
    "resync_clickpipe", "Resync: everything is read and billed again, then swapped in at once."
)
_HAVE_TABLES_OF_ERRORS = (Family.STREAMING, Family.OBJECT_STORAGE)
LOGS = only_for(
    clickhouse_sql(
        "Read the operational errors of the last days.",
        "SELECT * FROM clusterAllReplicas('default', system.clickpipes_log) LIMIT 50",
    ),
    *_HAVE_TABLES_OF_ERRORS,
)
RECORD_ERRORS = only_for(
    clickhouse_sql(
        "Look at rejected records; run DESCRIBE on the table first, its columns may differ.",
        "SELECT * FROM <database>.<table>_clickpipes_error ORDER BY 1 DESC LIMIT 20",
    ),
    *_HAVE_TABLES_OF_ERRORS,
)
EGRESS = allow_list(
    "Allow the ClickPipes egress addresses of the region that serves this service, on the port "
    "the pipe uses."
)
