"""What is lost where a pipe is changed in place, by the kind of loss."""

from collections.abc import Mapping

from clickpipes_mcp.consent.impact import ROWS_STAY as _ROWS_STAY
from clickpipes_mcp.consent.impact import Consequences
from clickpipes_mcp.source_facts import Loss, Traces

_SET_AGAIN = "To undo this, set the former value again."

CHANGES: Mapping[Loss, Consequences] = {
    Loss.PLACE: Consequences(
        (
            "what the pipe has not read at the present place",
            "the one origin of its rows: those of another place go into the same tables",
        ),
        (_ROWS_STAY, "the present place and its data"),
        f"{_SET_AGAIN} Rows that came from another place stay in the tables. A database pipe may "
        "need a resync, because its position means nothing at another server.",
    ),
    Loss.ACCOUNT: Consequences(
        ("the present source, where another account has one of the same name, and this is read",),
        (_ROWS_STAY, "the source and its data"),
        f"{_SET_AGAIN} Rows that came from another account stay in the table.",
    ),
    Loss.WAY: Consequences(
        (
            "the present private way to the source: where no other one works, nothing arrives",
            "what the source deletes before the pipe reads again",
        ),
        (_ROWS_STAY, "the position in the source", "the private endpoints"),
        f"{_SET_AGAIN}",
    ),
    Loss.FILES: Consequences(
        ("the files that the pipe has not read yet and now skips",),
        (_ROWS_STAY, "the files in the store"),
        f"{_SET_AGAIN} Nobody documents whether skipped files are then read.",
    ),
    Loss.PROTECTION: Consequences(
        ("the protection of the password and of all rows on their way from the source",),
        (_ROWS_STAY, "the position in the source"),
        f"{_SET_AGAIN} What was seen on the way cannot be taken back, so change the password too.",
    ),
    Loss.COLUMNS: Consequences(
        ("the values of the named columns in all rows from now on",),
        (_ROWS_STAY, "the table and its columns"),
        "To undo this, give the columns again. What arrived meanwhile is not read again.",
    ),
    Loss.MAPPINGS: Consequences(
        ("the named fields of the source in all rows from now on",),
        (_ROWS_STAY, "the table and its columns"),
        "To undo this, give the mappings again. What arrived meanwhile is not read again.",
    ),
}
"""Source: ClickPipes documentation of sources and of updates; `start_after` and
`skip_initial_load` as the OpenAPI contract describes them."""


TABLES_ADDED = Consequences(
    ("what the full load of the added tables costs: changes of the other tables wait for it",),
    (_ROWS_STAY,),
    "To undo this, remove the added tables again. What loading them cost stays spent.",
)
VALUES_SET = Consequences((), (_ROWS_STAY,), _SET_AGAIN)
LEFT_PAUSED = Consequences((), (), "To undo this, start the pipe again.")


def paused_meanwhile(traces: Traces) -> Consequences:
    """What it takes to pause a database pipe for a change."""
    return Consequences(
        (
            f"time: rows arrive later, and the source has to keep {traces.change_log} meanwhile",
            (
                "the rest of that log, if it expires before the pipe runs again: then only a full "
                "resync helps"
            ),
        ),
        ("the position in the source", _ROWS_STAY),
        "",
    )
