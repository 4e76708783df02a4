"""Postgres as a source: what it must have, who may enter, its connections, slots and tables."""

from clickpipes_mcp.diagnosis._rule import Advice, Rule, said_by
from clickpipes_mcp.diagnosis.postgres import (
    access,
    connections,
    prerequisites,
    replication,
    server,
    slots,
    tables,
)
from clickpipes_mcp.diagnosis.speakers import Speaker

RULES: tuple[Rule, ...] = said_by(
    (
        *prerequisites.RULES,
        *access.RULES,
        *connections.RULES,
        *slots.RULES,
        *replication.RULES,
        *server.RULES,
        *tables.RULES,
    ),
    Speaker.POSTGRES,
)
ADVICE: tuple[Advice, ...] = (*prerequisites.ADVICE, *replication.ADVICE, *tables.ADVICE)
