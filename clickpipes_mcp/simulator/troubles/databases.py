"""Troubles of pipes that follow a database. Their errors stand in the console only.

Source of the texts: PostgreSQL, MySQL and MongoDB server errors as the ClickPipes documentation
(frequently asked questions of each source) and the open-source PeerDB engine quote them.
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.lifecycle import path
from clickpipes_mcp.simulator.troubles._trouble import Cure, Trouble

_FAILS: Final = path(("Running", 60.0), "Failed")
_ONLY_RESYNC: Final = frozenset({Cure.RESYNC})

TROUBLES: Final[Mapping[str, Trouble]] = {
    "slot-lost": Trouble(
        "postgres.slot-invalid",
        ("postgres",),
        _FAILS,
        'can no longer get changes from replication slot "peerflow_slot_orders" (SQLSTATE 55000): '
        "This slot has been invalidated because it exceeded the maximum reserved size.",
        says_per_s=0.05,
        fetches=0.0,
        sends=0.0,
        latency_ms=3_600_000,
        # What the server kept before it gave the slot up; nothing is retained any more.
        slot_mib_per_s=0.0,
        cures=_ONLY_RESYNC,
    ),
    "slot-growing": Trouble(
        "postgres.slot-growing",
        ("postgres",),
        path("Running"),
        sends=0.4,
        fetches=0.4,
        latency_ms=1_200_000,
        slot_mib_per_s=12.0,
        cures=frozenset({Cure.SETTINGS, Cure.START}),
    ),
    "publication-missing": Trouble(
        "postgres.publication-missing",
        ("postgres",),
        _FAILS,
        "publication does not exist: peerflow_pub_orders",
        says_per_s=0.05,
        fetches=0.0,
        sends=0.0,
        latency_ms=600_000,
        slot_mib_per_s=0.5,
        cures=_ONLY_RESYNC,
    ),
    "postgres-password-rotated": Trouble(
        "postgres.access-denied",
        ("postgres",),
        _FAILS,
        "failed to connect to source: FATAL: password authentication failed for user "
        '"clickpipes_user" (SQLSTATE 28P01)',
        says_per_s=0.1,
        fetches=0.0,
        sends=0.0,
        latency_ms=600_000,
        slot_mib_per_s=0.5,
        cures=frozenset({Cure.CREDENTIALS}),
    ),
    "tunnel-refused": Trouble(
        "network.ssh-tunnel",
        ("postgres", "mysql", "mongodb"),
        _FAILS,
        "failed to establish connection: SSH tunnel: ssh: handshake failed: ssh: unable to "
        "authenticate, attempted methods [none publickey], no supported methods remain",
        says_per_s=0.1,
        fetches=0.0,
        sends=0.0,
        latency_ms=600_000,
        slot_mib_per_s=0.5,
        tunnel=True,
    ),
    "snapshot-stuck": Trouble(
        "postgres.snapshot-stuck",
        ("postgres",),
        # Healthy by its state: an open transaction at the source blocks CREATE_REPLICATION_SLOT.
        path("Snapshot"),
        fetches=0.0,
        sends=0.0,
        lasted_s=3600.0,
    ),
    "binlog-purged": Trouble(
        "mysql.binlog-purged",
        ("mysql",),
        _FAILS,
        "ERROR 1236 (HY000): Could not find first log file name in binary log index file",
        says_per_s=0.05,
        fetches=0.0,
        sends=0.0,
        latency_ms=600_000,
        cures=_ONLY_RESYNC,
    ),
    "oplog-rolled-over": Trouble(
        "mongodb.oplog-rolled-over",
        ("mongodb",),
        _FAILS,
        "(ChangeStreamHistoryLost) Executor error during getMore :: caused by :: Resume of change "
        "stream was not possible, as the resume point may no longer be in the oplog.",
        says_per_s=0.05,
        fetches=0.0,
        sends=0.0,
        latency_ms=600_000,
        cures=_ONLY_RESYNC,
    ),
}
