"""Every tool, in the order in which clients list them."""

from typing import Any

from clickpipes_mcp.tools.creating import creation as create
from clickpipes_mcp.tools.insight import diagnose, discovery, guide, metrics
from clickpipes_mcp.tools.network import endpoint_creation, gcp_identity
from clickpipes_mcp.tools.network import endpoints as private_endpoints
from clickpipes_mcp.tools.pipes import commands as lifecycle
from clickpipes_mcp.tools.pipes import inventory as pipes
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.tuning import settings as tuning
from clickpipes_mcp.tools.updating import update

TOOLS: tuple[ToolSpec[Any], ...] = (
    *pipes.TOOLS,
    *update.TOOLS,
    *lifecycle.TOOLS,
    *create.TOOLS,
    *tuning.TOOLS,
    *discovery.TOOLS,
    *diagnose.TOOLS,
    *metrics.TOOLS,
    *guide.TOOLS,
    *private_endpoints.TOOLS,
    *endpoint_creation.TOOLS,
    *gcp_identity.TOOLS,
)

__all__ = ["TOOLS", "Call", "Effect", "ToolSpec"]
