"""Looks at a MongoDB cluster, and judges what it read. No document is ever read."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import Checked, Outcome, Place, Seen, part_of, text_of
from clickpipes_mcp.checks.judged_loop import JudgedLoop
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.mongodb import cluster
from clickpipes_mcp.checks.mongodb.address import Servers, servers_of
from clickpipes_mcp.checks.mongodb.facts import Facts, Wish
from clickpipes_mcp.checks.mongodb.prerequisites import JUDGES
from clickpipes_mcp.checks.trust import trusted_file
from clickpipes_mcp.checks.wish import MOST_PROPOSED

_KEEPS_S: Final = 1.0
_DOCUMENTED: Final = (5, 1)
_RECOMMENDED_HOURS: Final = 72


def look(place: Place) -> Seen:
    """Log in and read what stands in the catalog."""
    configuration = place.configuration
    facts = Facts(Wish.of(configuration))
    unseen = _untried(place)
    if unseen is not None:
        return Seen((unseen,))
    servers = servers_of(facts.wish.uri)
    if servers.problem:
        facts.no_connection = servers.problem
        return _told(facts)
    facts.is_documentdb = all("docdb" in host for host, _ in servers.hosts)
    for host, _ in servers.hosts:
        place.pin(host)
    with (
        _options(place, servers) as options,
        asyncio.Runner(loop_factory=lambda: JudgedLoop(place.pin)) as runner,
    ):
        loop = runner.get_loop()
        runner.run(_within(place.remaining_s() - _KEEPS_S, facts, options))
        refused = loop.refused if isinstance(loop, JudgedLoop) else {}
    facts.members = {
        member: refused[host].evidence if (host := member.rpartition(":")[0]) in refused else told
        for member, told in facts.members.items()
    }
    return _told(facts)


async def _within(seconds: float, facts: Facts, options: dict[str, Any]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await cluster.read(facts, options)
    except TimeoutError:
        if not facts.was_let_in:
            facts.no_connection = "the servers were not done answering in time"


def _untried(place: Place) -> Checked | None:
    """Why nothing is tried: what cannot be verified from here could be anybody."""
    configuration = place.configuration
    if text_of(configuration, "tlsHost"):
        told = (
            "The certificate is of another name than the host's, which cannot be tried from here."
        )
        return Checked("login", Outcome.UNSEEN, told, "Look from where the names fit.")
    if configuration.get("skipCertVerification") is True:
        told = "No password is sent to a server whose certificate is not verified."
        mend = "Pass ca_certificate in place of skip_cert_verification."
        return Checked("login", Outcome.UNSEEN, told, mend)
    return None


@contextmanager
def _options(place: Place, servers: Servers) -> Iterator[dict[str, Any]]:
    configuration = place.configuration
    credentials = part_of(configuration, "credentials")
    options: dict[str, Any] = {
        "host": [
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers.hosts
        ],
        "tls": configuration.get("disableTls") is not True,
        **servers.options,
    }
    name = text_of(credentials, "username")
    if name:
        options |= {
            "username": name,
            "password": text_of(credentials, "password"),
            "authMechanism": "DEFAULT",  # SCRAM, which tells no password
            "authSource": servers.options.get("authSource") or servers.database or "admin",
        }
    if not options["tls"]:
        yield options
        return
    with trusted_file(text_of(configuration, "caCertificate")) as authorities:
        yield options | {"tlsCAFile": str(authorities)}


def _told(facts: Facts) -> Seen:
    mappings = _mappings(facts)
    proposal: dict[str, JsonValue] = {}
    if mappings:
        proposal = {
            "read_preference": "secondaryPreferred",
            "settings": {"replication_mode": "cdc"},
            "table_mappings": mappings,
        }
    return Seen(
        checked=tuple(judge(JUDGES, facts)),
        notes=tuple(_notes(facts)),
        proposal=proposal,
        destination={"database": "default"} if mappings else {},
        called=next(iter(facts.collections), ""),
    )


def _mappings(facts: Facts) -> list[JsonValue]:
    found = (
        (database, name)
        for database, kinds in facts.collections.items()
        for name, kind in kinds.items()
        if kind == "collection" and not name.startswith("system.")
    )
    return [_mapping(database, name) for database, name in islice(found, MOST_PROPOSED)]


def _mapping(database: str, name: str) -> JsonValue:
    return {
        "source_database_name": database,
        "source_collection": name,
        "target_table": f"{database}_{name}".replace(".", "_"),
        "table_engine": "ReplacingMergeTree",
    }


def _notes(facts: Facts) -> Iterator[str]:
    if facts.counts:
        told = ", ".join(
            f"{database}.{name} {count:,}" for (database, name), count in facts.counts.items()
        )
        yield f"Documents, by the catalog: {told}."
    if facts.version and facts.version < _DOCUMENTED and not facts.is_documentdb:
        yield "The documentation asks for 5.1 or later; older servers from 4.4 on were accepted."
    kept = facts.kept_hours or facts.oplog_hours
    if kept and kept < _RECOMMENDED_HOURS:
        yield f"{_RECOMMENDED_HOURS} hours of oplog are recommended."
    if facts.is_documentdb and facts.was_let_in:
        yield (
            "Of DocumentDB it is not seen from here whether change streams are enabled, and how "
            "long they are kept: set change_stream_log_retention_duration to 259200."
        )
