"""What is said of a MySQL source, by what was read of it: there is no MySQL in the registries."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clickpipes_mcp.checks import Outcome, Place, mysql
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.mysql.facts import Column, Facts, Table
from clickpipes_mcp.checks.mysql.prerequisites import JUDGES
from clickpipes_mcp.checks.wish import Wish
from tests.ports import free_port

SETTINGS = {
    "version": "8.0.40",
    "version_comment": "MySQL Community Server - GPL",
    "log_bin": "ON",
    "binlog_format": "ROW",
    "binlog_row_image": "FULL",
    "binlog_row_metadata": "FULL",
    "binlog_row_value_options": "",
    "binlog_expire_logs_seconds": "259200",
    "gtid_mode": "ON",
    "enforce_gtid_consistency": "ON",
    "server_id": "1",
}
ORDERS = Table(
    ("shop", "orders"), True, 10, 1000,
    (Column("id", False, True, True), Column("twice", True, False, True)),
)  # fmt: skip
MAPPED = {"sourceSchemaName": "shop", "sourceTable": "orders", "excludedColumns": ["twice"]}
READY = Facts(
    Wish("mysql", {}, {("shop", "orders"): MAPPED}),
    SETTINGS,
    (
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `clickpipes`@`%`",
        "GRANT SELECT ON `shop`.* TO `clickpipes`@`%`",
    ),
    "clickpipes",
    (ORDERS,),
)


def not_ok(facts: Facts) -> list[str]:
    return [one.prerequisite for one in judge(JUDGES, facts) if one.outcome is not Outcome.OK]


def setting(**changes: str) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, settings={**facts.settings, **changes})


def wish(**changes: Any) -> Callable[[Facts], Facts]:
    return lambda facts: replace(facts, wish=replace(facts.wish, **changes))


FAULTS = {
    "flavour: TiDB": setting(version="8.0.11-TiDB-v7"),
    "flavour: Vitess": setting(version_comment="Version 19 (Vitess)"),
    "flavour: MariaDB was said": wish(kind="mariadb"),
    "log-bin": setting(log_bin="OFF"),
    "binlog-format": setting(binlog_format="MIXED"),
    "binlog-row-image": setting(binlog_row_image="MINIMAL"),
    "binlog-row-metadata": setting(binlog_row_metadata="MINIMAL"),
    "binlog-row-value-options": setting(binlog_row_value_options="PARTIAL_JSON"),
    "binlog-retention": setting(binlog_expire_logs_seconds="3600"),
    "binlog-retention: of RDS": lambda facts: replace(facts, kept_hours=0),
    "gtid": setting(gtid_mode="OFF"),
    "gtid: not enforced": setting(enforce_gtid_consistency="OFF"),
    "server-id": setting(server_id="0"),
    "replication-right": lambda facts: replace(facts, grants=facts.grants[1:]),
    "tables-exist": lambda facts: replace(facts, tables=()),
    "select-right": lambda facts: replace(
        facts, tables=(replace(ORDERS, columns=(Column("id", False, True, False),)),)
    ),
    "table-kinds": lambda facts: replace(facts, tables=(replace(ORDERS, is_table=False),)),
    "generated-columns": wish(mappings={("shop", "orders"): {}}),
}


@pytest.mark.parametrize(("named", "fault"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_found_and_nothing_else(named, fault) -> None:
    assert not_ok(fault(READY)) == [named.partition(":")[0]]


def granted(facts: Facts) -> Facts:
    return replace(facts, grants=("GRANT ALL PRIVILEGES ON *.* TO x",))


KEPT = {
    "all it needs": lambda facts: facts,
    "everything is granted": granted,
    "an older version has no metadata": setting(version="5.7.44", binlog_row_metadata=""),
    "by position": lambda facts: setting(gtid_mode="OFF")(
        wish(settings={"replicationMechanism": "FILE_POS"})(facts)
    ),
    "a log that never expires": setting(binlog_expire_logs_seconds="0", expire_logs_days="0"),
    "days": setting(binlog_expire_logs_seconds="", expire_logs_days="7"),
    "of RDS": lambda facts: replace(facts, kept_hours=72),
    "a copy that is made once": lambda facts: setting(log_bin="OFF")(
        wish(settings={"replicationMode": "snapshot"})(facts)
    ),
}  # fmt: skip


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_a_source_that_has_everything_is_clean(kept) -> None:
    assert not_ok(kept(READY)) == []


@pytest.mark.parametrize(
    ("kind", "fault", "mend"),
    [
        ("rdsmysql", setting(binlog_format="MIXED"), "parameter group"),
        ("cloudsqlmysql", setting(binlog_row_image="MINIMAL"), "Set the flag"),
        ("mysql", setting(binlog_format="MIXED"), "SET PERSIST binlog_format = 'ROW';"),
        ("rdsmysql", setting(log_bin="OFF"), "automated backups"),
        ("cloudsqlmysql", setting(log_bin="OFF"), "point-in-time recovery"),
        ("mysql", setting(log_bin="OFF"), "configuration file"),
    ],
)
def test_what_mends_a_fault_is_said_for_the_provider(kind, fault, mend) -> None:
    facts = fault(wish(kind=kind)(READY))
    (found,) = (one for one in judge(JUDGES, facts) if one.outcome is not Outcome.OK)

    assert mend in found.mend


def look(pinned: str = "127.0.0.1", **changes: Any):
    given = {
        "host": "db.example.com",
        "port": free_port(),
        "credentials": {"username": "clickpipes", "password": "a password"},
        **changes,
    }
    return mysql.CHECK.look(Place(given, {"db.example.com": pinned}.__getitem__, lambda: 10.0))


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({"credentials": {"username": "x"}}, "no password"),
        ({"pinned": "8.8.8.8", "disableTls": True}, "without a verified certificate"),
        ({"pinned": "8.8.8.8", "skipCertVerification": True}, "without a verified certificate"),
        ({}, "No connection was made"),
    ],
)
def test_what_cannot_be_looked_at_is_said(changes, evidence) -> None:
    (one,) = look(**changes).checked

    assert one.outcome is Outcome.UNSEEN
    assert evidence in one.evidence
