"""Reaching the members of a MongoDB cluster, and how connections and cursors end."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MONGODB
from clickpipes_mcp.diagnosis._steps import (
    EGRESS,
    allow_list,
    at_source,
    hosted,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis.providers import Provider

_FAQ = docs("mongodb/faq")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=MONGODB, severity=Severity.CRITICAL, documentation=_FAQ)
_ATLAS_LIST = hosted(
    allow_list("Atlas: add the ClickPipes addresses under Network Access (IP access list)."),
    Provider.ATLAS,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="mongodb.srv-unresolved",
        title="The SRV record of the MongoDB host does not resolve in DNS",
        cause="The host name of the mongodb+srv uri is misspelt, or the cluster is gone, paused or "
        "private.",
        fix=(
            at_source("Copy the connection string from the cluster again."),
            at_source("Resolve it.", "nslookup -type=SRV _mongodb._tcp.<host>"),
            tool("update_clickpipe", "Correct the uri, with the credentials.", changes=("uri",)),
        ),
        patterns=(
            r"querySrv",
            r"_mongodb\._tcp",
            r"DNS query name does not exist",
            r"resolution lifetime expired",
            r"SRV (record|lookup|host)",
            r"DNSHostNotFound",
        ),
        examples=("The DNS query name does not exist: _mongodb._tcp.cluster0.example.net.",),
    ),
    _rule(
        id="mongodb.atlas-sql",
        title="The host is an Atlas SQL (Data Federation) endpoint, not a cluster",
        cause="*.query.mongodb.net serves BI drivers only; it has no change streams.",
        fix=(
            at_source("Take the cluster's own connection string: Connect, Drivers in Atlas."),
            tool("update_clickpipe", "Give that uri, with the credentials.", changes=("uri",)),
        ),
        patterns=(r"\.query\.mongodb\.net",),
        examples=("atlas-sql-65a.a.query.mongodb.net:27017: connection closed",),
    ),
    _rule(
        id="mongodb.tls",
        title="The TLS handshake with MongoDB fails or is cut",
        cause="Atlas answers so when the address is not on its IP access list; elsewhere the TLS "
        "setting or the authority of the certificate does not fit.",
        fix=(
            _ATLAS_LIST,
            tool(
                "update_clickpipe",
                "Set disable_tls as the server has it; give ca_certificate.",
                changes=("disable_tls",),
            ),
            EGRESS,
        ),
        patterns=(
            r"SSL handshake failed",
            r"TLSV1_ALERT|tlsv1 alert|tls: internal error",
            r"SSLHandshakeFailed|InvalidSSLConfiguration",
            r"tls: first record",
        ),
        examples=("SSL handshake failed: a.mongodb.net:27017: tlsv1 alert internal error",),
    ),
    _rule(
        id="mongodb.node-unreachable",
        title="Not every node of the MongoDB cluster can be reached",
        cause="The driver talks to all members; one is not allowed through, closes the connection "
        "(TLS), or none fits the read preference.",
        fix=(
            _ATLAS_LIST,
            EGRESS,
            tool(
                "update_clickpipe",
                "For a single node end the uri in /?directConnection=true, with credentials.",
                changes=("uri",),
            ),
            tool(
                "update_clickpipe",
                "Otherwise, use read_preference secondaryPreferred.",
                changes=("read_preference",),
            ),
            tool("create_private_endpoint", "Privately: one endpoint for each node."),
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"server selection (error|timeout|timed out)",
            r"Server ?Selection(Timeout)?(?!.{0,200}(alert|SSL routines))",
            r"SERVER_SELECTION_ERROR",
            r"FailedToSatisfyReadPreference",
            r"could not find host matching read preference",
            r"No (servers|replica set members|primary|suitable servers?) (found|available)",
            r"ReplicaSetNoPrimary",
            r"Topology ?Description(?!.{0,400}query\.mongodb)",
            r"HostUnreachable|HostNotFound",
            r"Timed out (after \d+ ms )?while waiting (for a server|to connect)",
            r"Prematurely reached end of stream",
            r"MongoTimeoutException|MongoSocketOpen",
        ),
        examples=(
            (
                "server selection error: context deadline exceeded, current topology: { Type: "
                "ReplicaSetNoPrimary }"
            ),
            "(FailedToSatisfyReadPreference) could not find host matching read preference",
            "Server selection timed out after 30000 ms",
        ),
    ),
    _rule(
        id="mongodb.maintenance",
        title="The cluster is in maintenance or elects a new primary",
        cause="Nodes restart or step down one after the other (failover); the pipe retries.",
        fix=(wait("Wait: nothing has to be done."),),
        documentation=_CLASSIFIER,
        severity=Severity.NOTE,
        patterns=(
            r"ShutdownInProgress",
            r"\bcode:? ?\(?1160[012]\b",
            r"InterruptedDueToReplStateChange",
            r"InterruptedAtShutdown",
            r"Not(Writable)?Primary|NotMaster|not (the )?(primary|master)\b",
            r"PrimarySteppedDown|primary steps? down",
            r"node is recovering|ElectionInProgress",
        ),
        examples=(
            "(ShutdownInProgress) The server is in quiesce mode and will shut down",
            "(InterruptedDueToReplStateChange) operation was interrupted",
            "(NotWritablePrimary) not primary",
        ),
    ),
    _rule(
        id="mongodb.cursor-lost",
        title="A cursor of the pipe was closed by MongoDB",
        cause="It idled too long, its session was killed, or the node restarted; the pipe opens a "
        "new one and retries.",
        fix=(
            wait("Let it retry."),
            at_source(
                "If it repeats: raise it.",
                "db.adminCommand({setParameter: 1, cursorTimeoutMillis: 3600000})",
            ),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"Cursor ?Not ?Found",
            r"CursorKilled|cursor killed",
            r"cursor (id )?\S{0,30} ?not found",
            r"QueryPlanKilled",
        ),
        examples=("(CursorNotFound) cursor id 7426982374 not found",),
    ),
    _rule(
        id="mongodb.connection-lost",
        title="The connection to MongoDB was lost or closed",
        cause="A restart, a network cut or an idle limit on the way reset it; the pipe reconnects.",
        fix=(wait("Let it reconnect."), at_source("If it repeats: look for idle limits.")),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        breadth=Breadth.BROAD,
        patterns=(
            r"incomplete read of message header",
            r"connection\(.{1,120}\).{0,60}(closed|reset|EOF|unable)",
            r"AutoReconnect",
            r"NetworkTimeout|SocketException|MongoSocket(Read|Write)",
            r"connection pool .{0,200}(was cleared|paused)|PoolCleared",
            r"connection .{0,40}closed",
            r"socket was unexpectedly closed",
        ),
        examples=("connection(db-a.example.net:27017[-13]) incomplete read of message header",),
    ),
    _rule(
        id="mongodb.pool-exhausted",
        title="The pipe's connections to MongoDB are all in use",
        cause="A connection was not free in time: the server is slow, or limits connections.",
        fix=(
            wait("Let it retry."),
            at_source("Look at load and the connection limit of the cluster's tier."),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"checking out a connection",
            r"WaitQueueTimeout|wait queue",
            r"too many (open )?connections|connection limit",
            r"PooledConnectionAcquisition",
        ),
        examples=("timed out while checking out a connection from connection pool",),
    ),
    _rule(
        id="mongodb.slow",
        title="MongoDB took too long: its time limit for an operation is reached",
        cause="The server is slow or overloaded, or the load reads more than an operation may "
        "(maxTimeMS).",
        fix=(
            wait("Let it retry."),
            at_source("Look at load, memory and slow queries of the cluster."),
        ),
        documentation=_CLASSIFIER,
        severity=Severity.WARNING,
        patterns=(
            r"MaxTimeMSExpired",
            r"exceeded time limit",
            r"ExceededTimeLimit",
            r"operation was interrupted because .{0,40}time",
        ),
        examples=("(MaxTimeMSExpired) operation exceeded time limit",),
    ),
    _rule(
        id="mongodb.memory",
        title="An operation needs more memory than MongoDB allows",
        cause="A sort or aggregation of the load does not fit, or the node is short of memory.",
        fix=(
            at_source("Give the cluster a larger tier."),
            at_source(
                "Allow spilling.", "db.adminCommand({setParameter: 1, allowDiskUseByDefault: true})"
            ),
        ),
        documentation=_CLASSIFIER,
        patterns=(
            r"exceeded memory limit",
            r"Query ?Exceeded ?Memory|ExceededMemoryLimit",
        ),
        examples=("Sort exceeded memory limit of 104857600 bytes",),
    ),
    _rule(
        id="mongodb.quota",
        title="A quota of the Atlas tier is used up",
        cause="Space, connections or operations of the plan's tier are exhausted.",
        fix=(at_source("Free space or raise the tier of the cluster."),),
        documentation=docs("mongodb/source/atlas"),
        patterns=(r"over your space quota", r"quota exceeded|exceeded .{0,30}quota"),
        examples=("you are over your space quota, using 513 MB of 512 MB",),
    ),
)
