"""What kinds of errors there are: what each means, whose turn it is, and what to look at.

A code that no rule knows is still of one of these kinds, which its name tells.
"""

import re
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.diagnosis._steps import (
    EGRESS,
    LOGIN,
    Step,
    at_source,
    iam,
    support,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis.codes.tables import Code

_GUIDE = tool("get_source_guide", "Compare with the prerequisites of this kind of source.")
_CREDENTIALS = tool(
    "update_clickpipe", "Give working credentials: user name and password, or key.", changes=LOGIN
)


@dataclass(frozen=True)
class Topic:
    """A kind of error. `names` is what the words of its codes look like."""

    title: str
    turn: str
    fix: tuple[Step, ...]
    names: str


_POSITION: Final = Topic(
    "the place to read on from is gone",
    "Whoever runs the source raises its retention; then the pipe has to load anew, for what was "
    "purged cannot be read any more: history, offset or resume token is lost.",
    (
        at_source("See how long the log (WAL, binary log, oplog, topic, stream) is kept."),
        tool("resync_clickpipe", "Resync a database pipe; recreate any other kind."),
    ),
    r"history lost|resume (token|point)|capped position|binlog|target log|iterator|oplog"
    r"|offset out of range|log file|snapshot too old|gtid|no offset|start after invalidate"
    r"|change stream (fatal|invalid)",
)
_LOGIN: Final = Topic(
    "the login is refused",
    "Whoever set the pipe up corrects its user name, password, key or way of signing in "
    "(authentication mechanism).",
    (_CREDENTIALS, _GUIDE),
    r"password|authentication (failed|failure|abandoned|required)|authorization spec"
    r"|access denied error|auth(entication)? (plugin|mode|failure)"
    r"|login|credential|unauthenticated|invalid (access key|client token|token|jwt|grant)"
    r"|unrecognized client|signature|sasl auth|unknown user|user not found|host not privileged"
    r"|expired token|token expired|key invalid|auth error|wrong password|reauthenticat"
    r"|missing authentication|required login|authentication$|secure transport|client token",
)
_RIGHT: Final = Topic(
    "a right is missing",
    "Whoever administers that system grants the privilege, permission, role or policy to the "
    "pipe's user.",
    (iam("Grant the pipe's user the right that the text names."), _GUIDE),
    r"privilege|access denied|permission|forbidden|not authorized|unauthori[sz]ed"
    r"|authorization (failed|failure|error)|not allowed|denied|accessdenied|acl|not permitted"
    r"|readonly$|scope insufficient|user writes blocked|invalid security|blocked$",
)
_LIMIT: Final = Topic(
    "a limit or quota is reached",
    "Whoever runs that system raises the limit, or lowers the load on it; many limits pass "
    "when the pipe retries.",
    (at_source("Find the limit that the text names, and what else uses it up."),),
    r"too many|quota|limit exceeded|exceeded limit|throttl|slow ?down|rate exceed|rate limit"
    r"|con count|resource ?exhausted|resources exceeded|insufficient resources|user limit"
    r"|requests exceeded|throughput|connection slots|limit reached|too busy|max clients"
    r"|overflow queue|admission|configuration limit|reduce your|simultaneous|limitexceeded"
    r"|exceeded",
)
_MEMORY: Final = Topic(
    "memory ran out",
    "Whoever runs that system gives it more memory or takes other load away.",
    (at_source("Look at the memory of the system that speaks."),),
    r"out ?of ?memory|memory|outof",
)
_DISK: Final = Topic(
    "the disk is full",
    "Whoever runs that system frees disk space or adds some.",
    (at_source("Look at the free disk space of the system that speaks."),),
    r"disk|no space|not enough space|tablespace|enospc|space$",
)
_LOCK: Final = Topic(
    "something waits for a lock or conflicts with it",
    "Nobody's at first: the pipe retries. If it stays, end the long transaction, query or "
    "mutation that holds the lock.",
    (wait("Let it retry."), at_source("Look for long transactions and locks.")),
    r"\block|deadlock|conflict|serializ|write conflict|concurrent|in use|already in progress"
    r"|lock wait|aborted$|busy|cannot assign alter",
)
_CHANGING: Final = Topic(
    "the server is starting, stopping or changing its primary",
    "Nobody's at first: the pipe retries until it is over. Look for maintenance, restarts and "
    "failovers if it lasts.",
    (wait("Let it retry."), at_source("Look for restarts, maintenance and failovers.")),
    r"shut ?down|stepped down|primary|not (a )?(leader|master)|leader|election|starting"
    r"|cannot connect now|unavailable|interrupted|repl state|server gone|server lost|restart"
    r"|maintenance|coordinator|not available|temporar|being (created|deleted)|server busy"
    r"|keeper|killed|try again|service is not ready|recovering|standby|read ?only",
)
_SLOW: Final = Topic(
    "it took too long",
    "Whoever runs that system looks for what is slow, or allows more time.",
    (wait("Let it retry."), at_source("Look at load, long queries and timeouts.")),
    r"time ?out|timed out|time limit|deadline|max time|expired|too long|query cancel"
    r"|cancell?ed|etimedout|statement complet|idle",
)
_CONNECTION: Final = Topic(
    "the connection broke or could not be made",
    "Nobody's if it was lost, closed or reset once: the pipe reconnects. If it stays, the source "
    "cannot be reached: whoever runs it and the network looks at address, port and firewall.",
    (wait("Let it reconnect."), EGRESS, at_source("Check address, port, firewall, proxies.")),
    r"connection|network|socket|host unreach|communication|transport|net (read|write|packet)"
    r"|econn|ehost|enet|epipe|conn host|protocol|disconnect|brokers down|packet|refused"
    r"|unreachable|broken pipe|partner",
)
_DNS: Final = Topic(
    "the name of the host does not resolve",
    "Whoever set the pipe up corrects the host name, or whoever runs its DNS adds it.",
    (at_source("Resolve the name from outside your network.", "nslookup <host>"),),
    r"dns|eai |noname|host not found|resolve|unknown host|not ?found host|enotfound",
)
_TLS: Final = Topic(
    "the TLS handshake failed",
    "Whoever set the pipe up or runs the source makes TLS settings, versions and certificates "
    "(authority, host name, dates) fit, or takes the port that speaks TLS.",
    (
        at_source(
            "Look at the certificate and its dates.",
            "openssl s_client -connect <host>:<port> -servername <host>",
        ),
    ),
    r"ssl|tls|certificate|handshake|cipher|ocsp",
)
_MISSING: Final = Topic(
    "something that is named does not exist",
    "Whoever set the pipe up corrects the name, or whoever runs that system restores what was "
    "dropped or renamed: a database, table, column, topic, stream, bucket, queue or user.",
    (
        at_source("Compare the name in the text with what exists; case matters."),
        tool("get_clickpipe", "See what the pipe is set up with."),
    ),
    r"undefined|unknown|no such|nosuch|not ?found|missing|does not exist|bad (db|field|table)"
    r"|non ?exist|invalid (catalog|schema|name|namespace|object|stream|bucket)|deleted"
    r"|unresolved|no (database|table)",
)
_EXISTING: Final = Topic(
    "something exists already",
    "Whoever set the pipe up chooses another name, or removes what is left over.",
    (at_source("See what stands there under that name."),),
    r"duplicate|already|exists|dup |owned by you|not ?empty",
)
_DAMAGED: Final = Topic(
    "data is damaged",
    "Whoever runs that system repairs it or restores it; the pipe cannot.",
    (at_source("Check the storage of the system that speaks for damage."), support("Ask.")),
    r"corrupt|checksum|damaged|crashed|malformed|truncat|bad digest|io error|data loss|crc"
    r"|incident|inflate|broken",
)
_VALUE: Final = Topic(
    "a value does not fit its type or column",
    "Whoever owns the data or the target table changes the value, or widens the column type.",
    (at_source("Find the value and the column that the text names."),),
    r"parse|convert|conversion|out of range|numeric|overflow|invalid (text|date|datetime|json"
    r"|character|byte|bson|value|binary)|type mismatch|null|type of field|no common type"
    r"|value|decimal|date|truncated wrong|string data|too large|incompatible|datatype|enum"
    r"|size|array|uuid|schema valid|incorrect data|cannot read|format",
)
_VERSION: Final = Topic(
    "this version or kind of server does not do that",
    "Whoever runs the source upgrades it, switches the feature on, or another kind of source "
    "is chosen.",
    (at_source("Compare version and settings with the prerequisites."), _GUIDE),
    r"not supported|unsupported|not implemented|unimplemented|not enabled|disabled|version"
    r"|mechanism|feature|option prevents|no binary log|prerequisite|not a replica|illegal"
    r"|outdated|not primary prereq|invalid state|failed precondition|not replica|state$",
)
_STATEMENT: Final = Topic(
    "a statement, definition or setting is not valid",
    "Whoever wrote it corrects the query, view, table definition or setting that is named.",
    (at_source("Correct what the text names."),),
    r"syntax|invalid|bad |wrong|illegal|incorrect|parameter|argument|definition|expression"
    r"|ambiguous|aggregat|column|identifier|grouping|setting|unexpected|mismatch",
)
_INTERNAL: Final = Topic(
    "a failure inside that system",
    "Nobody's at first: the pipe retries. If it stays, ask whoever runs that system, with the "
    "whole text.",
    (wait("Let it retry."), support("If it stays, give support the whole text.")),
    r"internal|backend|fatal|crash|system error|logical error|xx000|server error|failure",
)
TOPICS: Final = (
    _POSITION,
    _LOGIN,
    _RIGHT,
    _LIMIT,
    _MEMORY,
    _DISK,
    _LOCK,
    _CHANGING,
    _SLOW,
    _CONNECTION,
    _DNS,
    _TLS,
    _MISSING,
    _EXISTING,
    _DAMAGED,
    _VALUE,
    _VERSION,
    _STATEMENT,
    _INTERNAL,
)
OTHER: Final = Topic(
    "only its name is known",
    "Whoever runs that system looks at its own log at the same time.",
    (at_source("Look at the log of the system that speaks, at the time of the error."),),
    r"",
)

_SPOKEN: Final[tuple[tuple[Topic, str], ...]] = (
    (
        _POSITION,
        (
            r"resume (token|point)|no longer (available|in the|on the server|exist)|(was|been"
            r"|were) "
            r"(purged|removed|trimmed)|out of range|history (lost|of)|checkpoint|iterator|retention"
        ),
    ),
    (_TLS, r"\b(tls|ssl|x509|pkix|cipher|mtls)\w*|certificate|handshake|trust ?store|plaintext"),
    (
        _DNS,
        (
            r"\bdns\b|resolv|getaddrinfo|nxdomain|(no such|unknown) ?host|name or service not known"
            r"|nodename nor servname"
        ),
    ),
    (
        _LOGIN,
        (
            r"authenticat|password|credential|log ?in\b|signature|\bsasl\b|\bunauthenticated"
            r"|(invalid|expired|revoked|wrong|bad).{0,20}(key|token|secret|account)|access key"
            r"|oauth"
            r"|(key|token|secret) .{0,30}(invalid|expired|revoked|wrong)|\bjwt\b|\b401\b"
        ),
    ),
    (
        _RIGHT,
        (
            r"permission|privilege|(access|is|was) denied|forbidden|not (authori[sz]ed|allowed"
            r"|permitted)"
            r"|unauthori[sz]ed|\bpolicy\b|\bacls?\b|must be (owner|superuser)|\brole\b|\b403\b"
            r"|denied"
        ),
    ),
    (_DISK, r"disk|no space|out of space|storage (is )?full|tablespace"),
    (_MEMORY, r"out ?of ?memory|\bOOM\b|memory|heap space"),
    (_VALUE, r"too (large|big|long for)|larger than|exceeds (the )?(max\w*|size)|payload"),
    (
        _LIMIT,
        (
            r"too many|quota|throttl|rate.{0,12}(exceed|limit)|limit|exhaust|exceeded|\b429\b"
            r"|slow down"
            r"|at capacity|back ?pressure"
        ),
    ),
    (_LOCK, r"deadlock|\block(s|ed|ing)?\b|concurrent|conflict|being used by|in use"),
    (_DAMAGED, r"corrupt|checksum|damaged|malformed|truncated|magic|decompress|inflate|bad record"),
    (_EXISTING, r"already (exists?|in|has)|duplicate|not empty"),
    (
        _MISSING,
        r"(not|n't) (be )?(found|exist\w*)|no such|unknown|missing|\b404\b|was deleted|undefined",
    ),
    (
        _VERSION,
        r"(not|un) ?(supported|implemented|enabled)|unsupported|deprecated|version|disabled",
    ),
    (
        _VALUE,
        (
            r"pars(e|ing)|convert|conversion|overflow|decod|deseriali|type mismatch|cast\b|\bnull\b"
            r"|data ?type|encoding|utf-?8|schema"
        ),
    ),
    (_SLOW, r"time(d)? ?-?out|deadline|too (long|slow)|cancell?ed|aborted"),
    (
        _CONNECTION,
        (
            r"connect|reach|refused|reset|closed|\bEOF\b|broken pipe|socket|network|peer|proxy"
            r"|dial|port\b"
            r"|tunnel|hang ?up|unexpected end"
        ),
    ),
    (
        _CHANGING,
        (
            r"shut(ting)? ?down|restart|failover|unavailable|leader|election|read[- ]only|recover"
            r"|primary"
            r"|maintenance|not ready|starting up|standby|\b50[34]\b"
        ),
    ),
    (_STATEMENT, r"syntax|invalid|illegal|incorrect|unexpected|ambiguous|not valid|bad request"),
    (_INTERNAL, r"internal|fatal|crash|panic|unhandled|exception|\b500\b"),
)
"""What the kinds of errors sound like in free text; the most telling first."""

_SQLSTATE_CLASSES: Final = {
    "08": "connection",
    "0A": "not supported",
    "22": "value",
    "23": "duplicate",
    "25": "statement is invalid",
    "28": "login",
    "40": "serialization",
    "42": "syntax",
    "53": "insufficient resources",
    "54": "limit exceeded",
    "55": "prerequisite",
    "57": "shutdown",
    "58": "io error",
    "F0": "setting is invalid",
    "XX": "internal",
}
"""What the classes of SQLSTATEs are about. Source: PostgreSQL documentation, appendix A."""


def topic_of(code: Code, text: str = "") -> Topic:
    """The kind of error a code is; where its name is vague, the kind its text speaks of."""
    topic = _topic_of(code)
    is_vague = topic in (_STATEMENT, _INTERNAL, OTHER)
    return (topic_spoken_of(text) if is_vague else None) or topic


def _topic_of(code: Code) -> Topic:
    if code.table == "tls":
        return _of_words("tls") or OTHER
    told = (code.words, code.meaning.lower(), _SQLSTATE_CLASSES.get(code.code[:2], ""))
    last = 3 if code.table == "postgres" else 2
    return next((topic for words in told[:last] if (topic := _of_words(words))), OTHER)


def topic_spoken_of(text: str) -> Topic | None:
    """The kind of error that words speak of."""
    return next((topic for topic, words in _SPOKEN if re.search(words, text, re.IGNORECASE)), None)


def _of_words(words: str) -> Topic | None:
    return next((topic for topic in TOPICS if words and re.search(topic.names, words)), None)
