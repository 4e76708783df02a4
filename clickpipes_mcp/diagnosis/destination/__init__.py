"""ClickHouse as the destination: inserts, statements, rights, tables."""

from clickpipes_mcp.diagnosis._rule import Advice, Rule, said_by
from clickpipes_mcp.diagnosis.destination import inserts, statements, tables, targets
from clickpipes_mcp.diagnosis.speakers import Speaker

RULES: tuple[Rule, ...] = (
    *said_by((*inserts.RULES, *targets.RULES, *statements.RULES), Speaker.CLICKHOUSE),
    *tables.RULES,
)
ADVICE: tuple[Advice, ...] = tables.ADVICE
