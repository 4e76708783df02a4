"""Logging in to MongoDB, its connection string, and what the user may do there."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs, engine_source
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import MONGODB
from clickpipes_mcp.diagnosis._steps import LOGIN, at_source, console, hosted, source_sql, tool
from clickpipes_mcp.diagnosis.providers import Provider

_GENERIC = docs("mongodb/source/generic")
_CLASSIFIER = engine_source("flow/alerting/classifier.go")
_rule = partial(Rule, arms=MONGODB, severity=Severity.CRITICAL, documentation=_GENERIC)
_CREDENTIALS = tool(
    "update_clickpipe",
    "Give the right user name and password together with the uri.",
    changes=LOGIN,
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="mongodb.login-failed",
        title="MongoDB refuses the user name or password",
        cause="The credentials are wrong, or the user lives in another database than the one the "
        "uri names (authSource).",
        fix=(
            _CREDENTIALS,
            tool(
                "update_clickpipe",
                "For users of the admin database end the uri in ?authSource=admin.",
                changes=("uri",),
            ),
            hosted(
                console("Atlas: Database Access shows user, password and how they sign in."),
                Provider.ATLAS,
            ),
        ),
        documentation=_CLASSIFIER,
        breadth=Breadth.BROAD,
        patterns=(
            r"AuthenticationFailed",
            r"auth error",
            r"SCRAM.{0,40}(failed|error)",
            r"bad auth",
            r"authentication failed",
            r"\berror 18\b",
        ),
        examples=(
            "(AuthenticationFailed) Authentication failed.",
            "auth error: sasl conversation error: unable to authenticate",
            "bad auth : authentication failed (AtlasError)",
        ),
    ),
    _rule(
        id="mongodb.not-signed-in",
        title="The connection to MongoDB is not signed in",
        cause="No credentials were given (user, password, authSource), so commands that need "
        "authentication are refused.",
        fix=(
            _CREDENTIALS,
            tool(
                "update_clickpipe",
                "Name the user's database: ?authSource=admin in the uri.",
                changes=("uri",),
            ),
        ),
        patterns=(r"requires authentication", r"there are no users authenticated"),
        examples=("(Unauthorized) command aggregate requires authentication",),
    ),
    _rule(
        id="mongodb.mechanism",
        title="MongoDB does not offer this way of authentication (mechanism)",
        cause="The authMechanism in the uri, or the one the user was made for, is switched off.",
        fix=(
            tool("update_clickpipe", "Leave authMechanism out of the uri.", changes=("uri",)),
            source_sql(
                "Make the user for SCRAM.",
                'db.updateUser("<user>", {mechanisms: ["SCRAM-SHA-256"], pwd: passwordPrompt()})',
            ),
        ),
        patterns=(
            r"(unsupported|unknown) .{0,30}mechanism",
            r"MechanismUnavailable",
            r"mechanism .{0,40}(not supported|unsupported|not enabled|disabled)",
        ),
        examples=("(MechanismUnavailable) Unsupported mechanism MONGODB-CR",),
    ),
    _rule(
        id="mongodb.roles-missing",
        title="The MongoDB user lacks a role",
        cause="A privilege is missing: both readAnyDatabase and clusterMonitor are needed.",
        fix=(
            source_sql(
                "Grant both.",
                'db.getSiblingDB("admin").grantRolesToUser("<user>", ["readAnyDatabase", '
                '"clusterMonitor"])',
            ),
            hosted(
                console("Atlas: Database Access, edit the user, add both roles."), Provider.ATLAS
            ),
        ),
        patterns=(
            r"missing required role",
            r"\(Unauthorized\)(?! command \w+ requires)",
            r"not authorized on \S+",
            r"not allowed to do action",
            r"\berror 13\b|\bcode['\"]?\W{1,3}13\b",
        ),
        examples=(
            "missing required role: clusterMonitor",
            "(Unauthorized) not authorized on admin to execute command",
            "user is not allowed to do action [listCollections] on [app.]",
        ),
    ),
    _rule(
        id="mongodb.uri-invalid",
        title="The MongoDB connection string (uri) is not valid",
        cause="It is cut or misspelt, or special characters in it are not escaped "
        "(percent-encoded).",
        fix=(
            at_source("Copy the connection string from the cluster again."),
            tool(
                "update_clickpipe",
                "Give it without login, and user and password as credentials, unescaped.",
                changes=LOGIN,
            ),
        ),
        documentation=docs("mongodb"),
        patterns=(
            r"escaped according to RFC 3986",
            r"(unescaped|must be escaped|percent-encoded)",
            r"error parsing uri(?!: lookup)",
            r"invalid (connection string|scheme|uri|mongodb)",
            r"Port contains non-digit",
            r"must (have|specify) .{0,20}host",
            r"MongoParseError|InvalidURI",
        ),
        examples=("Username and password must be escaped according to RFC 3986",),
    ),
)
