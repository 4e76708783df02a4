"""What replication needs of a PostgreSQL server and of the role."""

from typing import Final

from clickpipes_mcp.checks.judging import Flaw
from clickpipes_mcp.checks.names import identifier
from clickpipes_mcp.checks.postgres import mending
from clickpipes_mcp.checks.postgres.facts import Facts

_FAILOVER_FROM: Final = 170000
_STANDBY_FROM: Final = 160000
_FEWEST_SENDERS: Final = 2
_FEWEST_SLOTS: Final = 4
_LEAST_KEPT_MB: Final = 102_400
"""What the guides set for max_slot_wal_keep_size; -1 keeps everything."""


def pooler(facts: Facts) -> Flaw | str:
    if not facts.is_pooled:
        return "The connection is to the server itself."
    return Flaw(
        "Another process answers than was connected to: a pooler stands in between.",
        "Give the direct address and port of the server.",
    )


def wal_level(facts: Facts) -> Flaw | str:
    level = facts.settings.get("wal_level", "")
    if level == "logical":
        return "wal_level is logical."
    return Flaw(f"wal_level is {level}.", mending.logical_wal(facts.wish.kind))


def wal_senders(facts: Facts) -> Flaw | str:
    most, used = facts.number("max_wal_senders"), facts.server.senders_used
    told = f"max_wal_senders is {most}, and {used} are in use."
    if most >= _FEWEST_SENDERS and most > used:
        return told
    wanted = max(10, 2 * used)
    return Flaw(told, mending.parameter(facts.wish.kind, "max_wal_senders", wanted))


def slots(facts: Facts) -> Flaw | str:
    most, used = facts.number("max_replication_slots"), facts.server.slots_used
    told = f"max_replication_slots is {most}, and {used} are in use."
    if most >= _FEWEST_SLOTS and (most > used or facts.wish.slot):
        return told
    wanted = max(10, 2 * used)
    return Flaw(told, mending.parameter(facts.wish.kind, "max_replication_slots", wanted))


def wal_kept(facts: Facts) -> Flaw | str | None:
    if "max_slot_wal_keep_size" not in facts.settings:
        return None  # before PostgreSQL 13
    kept_mb = facts.number("max_slot_wal_keep_size")
    if kept_mb < 0:
        return "max_slot_wal_keep_size is -1: a slot keeps all WAL it needs."
    told = f"max_slot_wal_keep_size is {kept_mb} MB."
    if kept_mb >= _LEAST_KEPT_MB:
        return told
    return Flaw(
        f"{told} A pipe that rests longer than that loses its place.",
        f"ALTER SYSTEM SET max_slot_wal_keep_size = '{_LEAST_KEPT_MB}MB'; then SELECT "
        "pg_reload_conf(). Room for two days of WAL is the least.",
    )


def replication_right(facts: Facts) -> Flaw | str:
    if facts.role.may_replicate:
        return "The role may replicate."
    name = identifier(facts.role.name)
    return Flaw("The role may not replicate.", mending.replication_right(facts.wish.kind, name))


def failover(facts: Facts) -> Flaw | str | None:
    if not facts.wish.wants_failover:
        return None
    if facts.server.version >= _FAILOVER_FROM:
        return "The server has failover slots."
    return Flaw(
        f"Failover slots need PostgreSQL 17; this is {facts.server.version // 10_000}.",
        "Leave out settings.enable_failover_slots, or upgrade.",
    )


def standby(facts: Facts) -> Flaw | str | None:
    if not facts.server.is_standby:
        return None
    if facts.server.version < _STANDBY_FROM:
        return Flaw(
            "This is a standby, and before PostgreSQL 16 no changes are decoded there.",
            "Give the address of the primary.",
        )
    if facts.settings.get("hot_standby_feedback") != "on":
        return Flaw(
            "This is a standby with hot_standby_feedback off.",
            "ALTER SYSTEM SET hot_standby_feedback = on; then SELECT pg_reload_conf();",
        )
    return "This is a standby that can be read from."
