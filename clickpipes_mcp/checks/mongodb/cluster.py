"""Asks a MongoDB cluster: commands that read, from a fixed list, each bounded in time."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from clickpipes_mcp.checks.mongodb.facts import Facts
from clickpipes_mcp.checks.reaching import STEP_S, reach

if TYPE_CHECKING:
    from pymongo import AsyncMongoClient

    Client = AsyncMongoClient[dict[str, Any]]

_MOST_DATABASES: Final = 20
_MOST_COUNTED: Final = 10
_MOST_MEMBERS: Final = 20
_OWN: Final = frozenset({"admin", "config", "local"})
_NOT_LET_IN: Final = frozenset({8000, 11, 18})
"""Atlas' own error, user not found, and authentication failed. Source: MongoDB error codes."""

_HOUR_S: Final = 3600


async def read(facts: Facts, options: Mapping[str, Any]) -> None:
    """Log in and read what a pipe needs; what failed is noted."""
    from pymongo import AsyncMongoClient
    from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

    ms = int(STEP_S * 1000)
    client: Client = AsyncMongoClient(
        serverSelectionTimeoutMS=ms,
        connectTimeoutMS=ms,
        socketTimeoutMS=ms,
        appname="clickpipes-mcp check_source",
        retryReads=False,
        maxPoolSize=2,
        **options,
    )
    try:
        facts.hello = await client.admin.command("hello")
        facts.was_let_in = True
        await _read_server(facts, client)
        await _read_collections(facts, client)
    except OperationFailure as error:
        if error.code not in _NOT_LET_IN:
            raise
        facts.no_login, facts.was_let_in = _first_words(error), False
    except (PyMongoError, ConfigurationError) as error:
        if not facts.was_let_in:
            await _note(facts, options, _first_words(error))
    finally:
        await client.close()


async def _note(facts: Facts, options: Mapping[str, Any], told: str) -> None:
    """Whether there was no connection, or one on which TLS did not come about."""
    is_there = options["tls"] and not all([await _reach(one) for one in options["host"]])
    if is_there:
        facts.no_tls = f"A server takes connections, and TLS does not come about there: {told}"
    else:
        facts.no_connection = told


def _first_words(error: Exception) -> str:
    """Without the description of the whole cluster, which follows."""
    return (
        str(error)
        .partition(" (configured timeouts")[0]
        .partition(", full error")[0]
        .partition(", Timeout:")[0]
    )


async def _read_server(facts: Facts, client: "Client") -> None:
    built = await _asked(client, "buildInfo")
    facts.version = tuple(one for one in built.get("versionArray", ()) if isinstance(one, int))[:3]
    status = await _asked(client, "serverStatus", repl=0, metrics=0, locks=0)
    facts.engine = str(_part(status, "storageEngine").get("name", ""))
    hours = _part(status, "oplogTruncation").get("oplogMinRetentionHours")
    facts.kept_hours = float(hours) if isinstance(hours, int | float) else None
    facts.oplog_hours = await _oplog_hours(client)
    login = await _asked(client, "connectionStatus")
    roles = _part(login, "authInfo").get("authenticatedUserRoles")
    if isinstance(roles, list):
        facts.roles = frozenset(str(one.get("role")) for one in roles if isinstance(one, dict))
    named = [str(host) for host in facts.hello.get("hosts", ())][:_MOST_MEMBERS]
    problems = await asyncio.gather(*(_reach(host) for host in named))
    facts.members = dict(zip(named, problems, strict=True))


async def _reach(member: str) -> str:
    host, _, port = member.rpartition(":")
    return await reach(host.strip("[]"), int(port)) if port.isdecimal() else "it has no port"


async def _asked(client: "Client", command: str, **more: int) -> Mapping[str, Any]:
    """What a command answers; nothing where the login may not ask."""
    from pymongo.errors import OperationFailure

    try:
        answer: Mapping[str, Any] = await client.admin.command({command: 1, **more})
    except OperationFailure:
        return {}
    return answer


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}


async def _oplog_hours(client: "Client") -> float | None:
    """From the first to the last entry; None where the login may not read them."""
    from bson import Timestamp
    from pymongo.errors import OperationFailure

    oplog = client.get_database("local").get_collection("oplog.rs")
    try:
        ends = [
            await oplog.find_one(
                {}, {"ts": 1, "_id": 0}, sort=[("$natural", way)], max_time_ms=3000
            )
            for way in (1, -1)
        ]
    except OperationFailure:
        return None
    first, last = (end.get("ts") if end else None for end in ends)
    if not isinstance(first, Timestamp) or not isinstance(last, Timestamp):
        return None
    return (last.time - first.time) / _HOUR_S


async def _read_collections(facts: Facts, client: "Client") -> None:
    from pymongo.errors import OperationFailure, PyMongoError

    wanted = list(dict.fromkeys(database for database, _ in facts.wish.mapped))
    try:
        names = wanted or [one for one in await client.list_database_names() if one not in _OWN]
        for name in names[:_MOST_DATABASES]:
            found = await client.get_database(name).list_collections()
            facts.collections[name] = {
                str(one["name"]): str(one.get("type", "collection")) async for one in found
            }
    except OperationFailure:
        return
    for database, name in facts.wish.mapped[:_MOST_COUNTED]:
        if facts.collections.get(database, {}).get(name) == "collection":
            counted = client.get_database(database).get_collection(name)
            with suppress(PyMongoError):
                count = await counted.estimated_document_count(maxTimeMS=2000)
                facts.counts[(database, name)] = count
