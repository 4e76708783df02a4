"""What ClickPipes needs of a MongoDB cluster, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/mongodb: source/generic, atlas and documentdb; the
replication engine's own checks (PeerDB, flow/pkg/mongo/validation.go).
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.mongodb.facts import Facts
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.counting import counted

Judge: TypeAlias = Callable[[Facts], Judged]
ROLES: Final = ("readAnyDatabase", "clusterMonitor")
OLDEST: Final = (4, 4)
LEAST_OPLOG_HOURS: Final = 24
_READ_ALL: Final = frozenset({"readWriteAnyDatabase", "root", "atlasAdmin"})
_WATCH_ALL: Final = frozenset({"clusterAdmin", "root", "atlasAdmin"})
_GRANT: Final = (
    'db.getSiblingDB("admin").grantRolesToUser("NAME", '
    '[{role: "readAnyDatabase", db: "admin"}, {role: "clusterMonitor", db: "admin"}])'
)
_RETENTION: Final = "db.adminCommand({replSetResizeOplog: 1, minRetentionHours: 72})"


def _of_who_is_in(judged: Judge) -> Judge:
    return lambda facts: judged(facts) if facts.was_let_in else None


def _reachable(facts: Facts) -> Judged:
    if facts.no_connection:
        return Flaw(
            f"No server could be connected to: {facts.no_connection}",
            "Correct uri. Where the servers answer only within a network, or to the addresses of "
            "ClickPipes, look from there.",
        )
    return "A server answers." if facts.was_let_in or facts.no_login else None


def _tls(facts: Facts) -> Judged:
    if not facts.no_tls:
        return None
    return Flaw(
        facts.no_tls,
        "Give ca_certificate where the certificate is of a private authority, or let the server "
        "speak TLS.",
    )


def _login(facts: Facts) -> Judged:
    if facts.no_login:
        return Flaw(
            f"The server does not accept the login: {facts.no_login}",
            "Correct credentials, or authSource in uri: the database that keeps the user.",
        )
    return "The login is accepted." if facts.was_let_in else None


def _topology(facts: Facts) -> Judged:
    if facts.is_set or facts.is_sharded:
        return "It is a replica set." if facts.is_set else "It is a sharded cluster."
    return Flaw(
        "It is a single server: there is no change stream without a replica set.",
        "Start it with --replSet rs0 and run rs.initiate().",
    )


def _version(facts: Facts) -> Judged:
    if not facts.version:
        return None
    told = ".".join(map(str, facts.version[:3]))
    if facts.version < OLDEST and not facts.is_documentdb:
        return Flaw(f"MongoDB {told} is too old.", "Upgrade to 5.1 or later.")
    return f"It is version {told}."


def _engine(facts: Facts) -> Judged:
    if not facts.engine or facts.is_documentdb:
        return None
    if facts.engine != "wiredTiger":
        return Flaw(f"The storage engine is {facts.engine}.", "Use wiredTiger.")
    return "The storage engine is wiredTiger."


def _oplog(facts: Facts) -> Judged:
    if facts.wish.copies_once or facts.is_documentdb or not facts.is_set:
        return None
    hours = max((one for one in (facts.kept_hours, facts.oplog_hours) if one), default=None)
    if hours is None:
        return Unseen(
            "How far back the oplog goes was not told.",
            f"It has to keep {LEAST_OPLOG_HOURS} hours at least, 72 are better: {_RETENTION}",
        )
    if hours < LEAST_OPLOG_HOURS:
        return Flaw(
            f"The oplog goes back {hours:.1f} hours; a pipe that rests for longer has to begin "
            "again.",
            f"{_RETENTION} In Atlas: Minimum Oplog Window.",
        )
    return f"The oplog keeps {hours:.0f} hours."


def _roles(facts: Facts) -> Judged:
    if facts.roles is None:
        return Unseen("Which roles the login has was not told.", f"It needs both: {_GRANT}")
    has = (
        bool(facts.roles & {ROLES[0], *_READ_ALL}),
        bool(facts.roles & {ROLES[1], *_WATCH_ALL}),
    )
    missing = [role for role, held in zip(ROLES, has, strict=True) if not held]
    if not missing:
        return f"The login has what {' and '.join(ROLES)} allow."
    return Flaw(f"The login lacks {' and '.join(missing)}.", _GRANT)


def _members(facts: Facts) -> Judged:
    if not facts.members:
        return None
    apart = [f"{host} ({problem})" for host, problem in facts.members.items() if problem]
    if not apart:
        told = counted(len(facts.members), "member")
        return f"Of {told} every one can be reached as the set names it."
    return Flaw(
        f"Members cannot be reached from here under their names in the set: {listed(apart)}.",
        "Give members names that resolve everywhere (rs.reconfig), or use a private endpoint.",
    )


def _collections(facts: Facts) -> Judged:
    if not facts.wish.mapped or not facts.collections:
        return None
    missing = [
        f"{database}.{name}"
        for database, name in facts.wish.mapped
        if name not in facts.collections.get(database, {})
    ]
    if missing:
        return Flaw(f"There is no collection {listed(missing)}.", "Correct table_mappings.")
    return "The collections are there."


def _kinds(facts: Facts) -> Judged:
    found = [
        f"{database}.{name} ({kind})"
        for database, name in facts.wish.mapped
        if (kind := facts.collections.get(database, {}).get(name, "collection")) != "collection"
    ]
    if not found:
        return None
    return Flaw(
        f"These are no plain collections, and have no change stream: {listed(found)}.",
        "Map the collections below them.",
    )


JUDGES: Final[Mapping[str, Judge]] = {
    "reachable": _reachable,
    "tls": _tls,
    "login": _login,
    "topology": _of_who_is_in(_topology),
    "version": _of_who_is_in(_version),
    "storage-engine": _of_who_is_in(_engine),
    "oplog": _of_who_is_in(_oplog),
    "roles": _of_who_is_in(_roles),
    "members": _of_who_is_in(_members),
    "collections": _of_who_is_in(_collections),
    "collection-kinds": _of_who_is_in(_kinds),
}
"""By the id of the prerequisite, in the order in which a person would look."""
