"""How to prepare a source: what to run there, whom to let in, what to mind.

Prerequisites are written down by source; the rest is composed of what is known of sources,
addresses and troubles, so that it cannot disagree with it.
"""

from clickpipes_mcp.guides._authentication import authentication
from clickpipes_mcp.guides._pitfalls import pitfalls
from clickpipes_mcp.guides._sections import PAGES, page, written
from clickpipes_mcp.guides._service_role import PLACEHOLDER, with_service_role
from clickpipes_mcp.guides.egress import Egress, egress_of
from clickpipes_mcp.guides.network import network

__all__ = [
    "PAGES",
    "PLACEHOLDER",
    "Egress",
    "authentication",
    "egress_of",
    "network",
    "page",
    "pitfalls",
    "with_service_role",
    "written",
]
