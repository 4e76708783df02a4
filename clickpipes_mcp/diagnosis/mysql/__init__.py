"""MySQL and MariaDB as a source: what they must have, who may enter, the binary log, tables."""

from clickpipes_mcp.diagnosis._rule import Advice, Rule, said_by
from clickpipes_mcp.diagnosis.mysql import access, binlog, connections, prerequisites, tables
from clickpipes_mcp.diagnosis.speakers import Speaker

RULES: tuple[Rule, ...] = said_by(
    (
        *prerequisites.RULES,
        *access.RULES,
        *binlog.RULES,
        *connections.RULES,
        *tables.RULES,
    ),
    Speaker.MYSQL,
)
ADVICE: tuple[Advice, ...] = prerequisites.ADVICE
