"""What ClickPipes needs of a MySQL or MariaDB source, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/mysql/source: generic, generic_maria, rds, aurora,
gcp; and the checks of the replication engine, PeerDB.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.judging import Flaw, Judged
from clickpipes_mcp.checks.mysql.facts import Facts, Table
from clickpipes_mcp.checks.names import identifier, listed
from clickpipes_mcp.counting import counted

_DAY_S: Final = 86_400
_WISHED_S: Final = 259_200
_WISHED_HOURS: Final = 72
_METADATA_FROM: Final[Mapping[bool, tuple[int, int]]] = {True: (10, 5), False: (8, 0)}
"""By whether it is MariaDB: from which version on binlog_row_metadata is there."""

_OLDEST_MARIADB: Final = (10, 0)
_RDS: Final = ("rdsmysql", "auroramysql", "rdsmariadb")
_MARIADB_TYPES: Final = ("mariadb", "rdsmariadb")

Judge: TypeAlias = Callable[[Facts], Judged]


def _replicating(judged: Judge) -> Judge:
    """Of a pipe that replicates changes; one that copies once needs none of it."""
    return lambda facts: None if facts.wish.copies_once else judged(facts)


def _set(facts: Facts, name: str, value: str) -> str:
    """How a setting is set where this server runs."""
    if facts.wish.kind in _RDS:
        return f"Set {name} = {value} in the parameter group, then reboot the instance."
    if facts.wish.kind.startswith("cloudsql"):
        return f"Set the flag {name} = {value}."
    if facts.is_mariadb:
        return f"SET GLOBAL {name} = '{value}'; and {name} = {value} in the configuration file."
    return f"SET PERSIST {name} = '{value}';"


def _flavour(facts: Facts) -> Judged:
    told = facts.settings.get("version", "")
    if any(word in f"{told} {facts.setting('version_comment')}".upper() for word in _UNSUPPORTED):
        return Flaw("This is Vitess, PlanetScale or TiDB.", "These cannot be read. Give another.")
    wants_mariadb = facts.wish.kind in _MARIADB_TYPES
    if wants_mariadb == facts.is_mariadb:
        return f"The server is {told}."
    real, given = ("MariaDB", "MySQL") if facts.is_mariadb else ("MySQL", "MariaDB")
    return Flaw(f"The server is {real}, and the type says {given}.", "Correct source.type.")


_UNSUPPORTED: Final = ("VITESS", "PLANETSCALE", "TIDB")


def _version(facts: Facts) -> Judged:
    if facts.is_mariadb and facts.version < _OLDEST_MARIADB:
        return Flaw("MariaDB is older than 10.0.", "Upgrade the server.")
    return "The version can be read."


def _binary_log(facts: Facts) -> Judged:
    if facts.setting("log_bin") in ("ON", "1"):
        return "The binary log is on."
    mend = "Add log_bin = ON and server_id = 1 to the configuration file, then restart the server."
    if facts.wish.kind in _RDS:
        mend = "Switch automated backups on, which switches the binary log on."
    elif facts.wish.kind.startswith("cloudsql"):
        mend = "Enable point-in-time recovery, which switches the binary log on."
    return Flaw("log_bin is off.", mend)


def _has_to_be(name: str, value: str) -> Judge:
    """A setting that has to have one value."""

    def judged(facts: Facts) -> Judged:
        given = facts.setting(name)
        if given == value:
            return f"{name} is {value}."
        return Flaw(f"{name} is {given or 'not there'}.", _set(facts, name, value))

    return judged


def _row_metadata(facts: Facts) -> Judged:
    if facts.version < _METADATA_FROM[facts.is_mariadb]:
        return None
    return _has_to_be("binlog_row_metadata", "FULL")(facts)


def _row_values(facts: Facts) -> Judged:
    given = facts.setting("binlog_row_value_options")
    if not given:
        return None
    return Flaw(
        f"binlog_row_value_options is {given}.", "SET PERSIST binlog_row_value_options = '';"
    )


def _retention(facts: Facts) -> Judged:
    if facts.kept_hours is not None:
        return _kept_by_rds(facts.kept_hours)
    seconds = facts.setting("binlog_expire_logs_seconds")
    kept_s = float(seconds or 0) or float(facts.setting("expire_logs_days") or 0) * _DAY_S
    if not kept_s:
        return "The binary log does not expire."
    told = f"The binary log is kept for {kept_s / 3600:,.0f} hours."
    if kept_s >= _DAY_S:
        return told
    mend = f"SET GLOBAL binlog_expire_logs_seconds = {_WISHED_S};"
    return Flaw(told, f"{mend} Set it in the configuration too.")


def _kept_by_rds(hours: int) -> Judged:
    told = f"'binlog retention hours' is {hours}."
    if hours * 3600 >= _DAY_S:
        return told
    return Flaw(
        told, f"CALL mysql.rds_set_configuration('binlog retention hours', {_WISHED_HOURS});"
    )


def _gtid(facts: Facts) -> Judged:
    if facts.is_mariadb or facts.wish.settings.get("replicationMechanism") == "FILE_POS":
        return None
    modes = {name: facts.setting(name) for name in ("gtid_mode", "enforce_gtid_consistency")}
    if all(mode == "ON" for mode in modes.values()):
        return "GTIDs are on."
    told = ", ".join(f"{name} is {mode or 'not there'}" for name, mode in modes.items())
    return Flaw(
        f"{told}.",
        "Set gtid_mode = ON and enforce_gtid_consistency = ON, then restart the server.",
    )


def _server_id(facts: Facts) -> Judged:
    if facts.setting("server_id") not in ("", "0"):
        return "The server has an id."
    return Flaw("server_id is 0.", "Set server_id = 1 in the configuration file, then restart.")


def _replica_updates(facts: Facts) -> Judged:
    if not facts.is_replica:
        return None
    if facts.logs_what_it_replicates:
        return "The server is a replica, and logs what it replicates."
    name = "log_slave_updates" if facts.is_mariadb else "log_replica_updates"
    return Flaw(
        f"The server is a replica, and {name} is OFF: its binary log lacks what it replicates.",
        f"Set {name} = ON in the configuration file, then restart; or read the primary.",
    )


def _replication_right(facts: Facts) -> Judged:
    missing = [right for right, names in _RIGHTS.items() if not facts.is_granted(*names)]
    if not missing:
        return "The role may read the binary log."
    role = facts.role.partition("@")[0]
    return Flaw(
        f"The role lacks {' and '.join(missing)}.",
        f"GRANT {', '.join(missing)} ON *.* TO {identifier(role, '`')}@'%';",
    )


_RIGHTS: Final[Mapping[str, tuple[str, ...]]] = {
    "REPLICATION CLIENT": ("REPLICATION CLIENT", "BINLOG MONITOR", "SUPER"),
    "REPLICATION SLAVE": ("REPLICATION SLAVE", "REPLICATION REPLICA"),
}
"""By the name that both flavours take, the names under which it is shown."""


def _tables_seen(facts: Facts) -> Judged:
    seen = {table.place for table in facts.tables}
    missing = [place for place in facts.wish.mappings if place not in seen]
    if missing:
        schema = identifier(missing[0][0], "`")
        role = identifier(facts.role.partition("@")[0], "`")
        return Flaw(
            f"{listed(_written(place) for place in missing)}: not there, or the role may not read "
            "it.",
            f"Correct the names, or GRANT SELECT ON {schema}.* TO {role}@'%';",
        )
    if not facts.tables:
        return Flaw("The role sees no table.", "GRANT SELECT on the database to it.")
    return f"{counted(len(facts.wanted), 'table was', 'tables were')} found."


def _select_right(facts: Facts) -> Judged:
    closed = [table for table in facts.wanted if not table.may_read]
    if not closed:
        return "The role may read the tables."
    schema = identifier(closed[0].place[0], "`")
    role = identifier(facts.role.partition("@")[0], "`")
    return Flaw(
        f"The role may not read {_names(closed)}.", f"GRANT SELECT ON {schema}.* TO {role}@'%';"
    )


def _table_kinds(facts: Facts) -> Judged:
    views = [table for table in facts.wanted if not table.is_table and facts.wish.mappings]
    if not views:
        return None
    return Flaw(f"{_names(views)}: a view is not replicated.", "Map the tables behind it.")


def _generated(facts: Facts) -> Judged:
    left_in = [
        column.name
        for table in facts.wanted
        for column in table.columns
        if column.is_generated and column.name not in facts.wish.excluded(table.place)
    ]
    if not left_in or not facts.wish.mappings:
        return None
    return Flaw(
        f"The columns {listed(identifier(one, '`') for one in left_in)} are generated: their "
        "changes are not published.",
        "Leave them out with excluded_columns, and compute them in ClickHouse.",
    )


def _written(place: tuple[str, str]) -> str:
    return ".".join(identifier(part, "`") for part in place)


def _names(tables: list[Table]) -> str:
    return listed(_written(table.place) for table in tables)


JUDGES: Final[Mapping[str, Judge]] = {
    "flavour": _flavour,
    "version": _version,
    "log-bin": _replicating(_binary_log),
    "binlog-format": _replicating(_has_to_be("binlog_format", "ROW")),
    "binlog-row-image": _replicating(_has_to_be("binlog_row_image", "FULL")),
    "binlog-row-metadata": _replicating(_row_metadata),
    "binlog-row-value-options": _replicating(_row_values),
    "binlog-retention": _replicating(_retention),
    "gtid": _replicating(_gtid),
    "server-id": _replicating(_server_id),
    "replica-updates": _replicating(_replica_updates),
    "replication-right": _replicating(_replication_right),
    "tables-exist": _tables_seen,
    "select-right": _select_right,
    "table-kinds": _replicating(_table_kinds),
    "generated-columns": _replicating(_generated),
}
"""By the id of the prerequisite, in the order in which a person would look."""
