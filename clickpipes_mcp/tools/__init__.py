"""Every tool, in the order in which clients list them."""

from typing import Any

from clickpipes_mcp.tools import (
    create,
    diagnose,
    discovery,
    endpoint_creation,
    gcp_identity,
    guide,
    lifecycle,
    metrics,
    pipes,
    private_endpoints,
    tuning,
    update,
)
from clickpipes_mcp.tools._tool import Call, Effect, ToolSpec

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
