"""Rules of BigQuery pipes: replicating changes, by which method and from which column."""

from clickpipes_mcp.rule_words import (
    Check,
    Condition,
    both,
    each,
    equal,
    every,
    forbids,
    given,
    needs,
    only_when,
    reject,
    unlike,
)
from clickpipes_mcp.sources.bigquery.facts import (
    BOOK,
    CDC_COLUMNS,
    CDC_SETTINGS,
    DOCUMENTATION,
    ORDERS,
)

_MODE = "source.settings.replication_mode"
_REPLICATES = unlike(_MODE, "snapshot")
_METHOD = "source.settings.replication_method"
_CDC_MAPPING = {**ORDERS, "query_cdc_watermark_column": "updated_at"}
_CDC: dict[str, object] = {
    "settings": {"replication_mode": "cdc", "replication_method": "query_based"},
    "table_mappings": [_CDC_MAPPING],
}


def _columns_by_method() -> Check:
    """Each mapping holds the field of the pipe's method, and not the other's."""
    return every(
        *(
            only_when(
                equal(_METHOD, method),
                each(
                    "source.table_mappings[]",
                    needs(column, message=f"{method} replication needs {column} in each mapping."),
                    *(
                        forbids(other, message=f"{other} does not go with {method} replication.")
                        for other in CDC_COLUMNS.values()
                        if other != column
                    ),
                ),
            )
            for method, column in CDC_COLUMNS.items()
        )
    )


_COLUMNS_BY_METHOD = _columns_by_method()
_COMPLETE_CDC = Condition(
    "changes are replicated",
    lambda model: (
        both(_REPLICATES, given(_METHOD)).holds(model) and not any(_COLUMNS_BY_METHOD(model))
    ),
)

REPLICATION_RULES = (
    BOOK.rule(
        "cdc-needs-method",
        "Replicating changes needs a method.",
        needs(_METHOD, when=_REPLICATES, fix="Give replication_method, or use snapshot."),
        broken={"settings": {"replication_mode": "cdc"}},
    ),
    BOOK.rule(
        "snapshot-takes-no-cdc",
        "A snapshot takes none of the fields for replicating changes.",
        forbids(
            *(f"source.settings.{name}" for name in CDC_SETTINGS),
            *(f"source.table_mappings[].{name}" for name in CDC_COLUMNS.values()),
            when=equal(_MODE, "snapshot"),
        ),
        broken={
            "settings.sync_interval_seconds": 60,
            "table_mappings.0.events_function": "changes",
        },
    ),
    BOOK.rule(
        "method-needs-column",
        "Each mapping holds the field that the replication method reads by.",
        _COLUMNS_BY_METHOD,
        broken={**_CDC, "table_mappings": [{**_CDC_MAPPING, "events_function": "changes"}]},
    ),
    BOOK.rule(
        "cdc-not-documented",
        "The documentation knows snapshots only; the Terraform provider replicates changes too.",
        reject(
            _COMPLETE_CDC,
            _MODE,
            "Replicating changes from BigQuery is newer than its documentation.",
            fix="If the API refuses, use snapshot or ask ClickHouse support to enable it.",
        ),
        broken=_CDC,
        documentation=f"{DOCUMENTATION}/overview",
        effect="warn",
    ),
)
