"""MongoDB and DocumentDB as a source: the cluster, who may enter, connections, change streams."""

from clickpipes_mcp.diagnosis._rule import Advice, Rule, said_by
from clickpipes_mcp.diagnosis.mongodb import access, change_streams, cluster, connections
from clickpipes_mcp.diagnosis.speakers import Speaker

RULES: tuple[Rule, ...] = said_by(
    (*change_streams.RULES, *cluster.RULES, *access.RULES, *connections.RULES),
    Speaker.MONGODB,
)
ADVICE: tuple[Advice, ...] = cluster.ADVICE
