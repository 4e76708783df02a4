"""What any number of replicas know in common: tables of a PostgreSQL that the operator names."""

from clickpipes_mcp.store.clocks import Deviation, compare_clocks
from clickpipes_mcp.store.database import Database
from clickpipes_mcp.store.lines import StoredLines
from clickpipes_mcp.store.names import StoredNames
from clickpipes_mcp.store.opened import Store
from clickpipes_mcp.store.pages import StoredPage, StoredPages
from clickpipes_mcp.store.tables import NEWEST, Tables, look_at, prune, set_up
from clickpipes_mcp.store.turns import Limit, StoredTurns, Turn
from clickpipes_mcp.store_refusals import StoreUnavailable

__all__ = [
    "NEWEST",
    "Database",
    "Deviation",
    "Limit",
    "Store",
    "StoreUnavailable",
    "StoredLines",
    "StoredNames",
    "StoredPage",
    "StoredPages",
    "StoredTurns",
    "Tables",
    "Turn",
    "compare_clocks",
    "look_at",
    "prune",
    "set_up",
]
