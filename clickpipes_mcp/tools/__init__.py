"""Every tool, in the order in which clients list them."""

from typing import Any

from clickpipes_mcp.tools.code import apply, export, plan, undo
from clickpipes_mcp.tools.creating import creation
from clickpipes_mcp.tools.insight import diagnose, discovery, guide, metrics, source_check
from clickpipes_mcp.tools.network import (
    endpoint_creation,
    endpoint_deletion,
    endpoint_inventory,
    endpoint_names,
    gcp_identity,
    key_creation,
    key_deletion,
    key_inventory,
    key_validation,
    network_paths,
)
from clickpipes_mcp.tools.pipes import commands, inventory, listing, wait
from clickpipes_mcp.tools.record import Call, Effect, ToolSpec
from clickpipes_mcp.tools.tuning import cdc_scaling, scaling, settings
from clickpipes_mcp.tools.updating import update

TOOLS: tuple[ToolSpec[Any], ...] = (
    *inventory.TOOLS,
    *listing.TOOLS,
    *update.TOOLS,
    *commands.TOOLS,
    *wait.TOOLS,
    *creation.TOOLS,
    *settings.TOOLS,
    *scaling.TOOLS,
    *cdc_scaling.TOOLS,
    *discovery.TOOLS,
    *source_check.TOOLS,
    *diagnose.TOOLS,
    *metrics.TOOLS,
    *guide.TOOLS,
    *export.TOOLS,
    *plan.TOOLS,
    *apply.TOOLS,
    *undo.TOOLS,
    *network_paths.TOOLS,
    *endpoint_inventory.TOOLS,
    *endpoint_names.TOOLS,
    *endpoint_deletion.TOOLS,
    *endpoint_creation.TOOLS,
    *key_inventory.TOOLS,
    *key_creation.TOOLS,
    *key_validation.TOOLS,
    *key_deletion.TOOLS,
    *gcp_identity.TOOLS,
)

__all__ = ["TOOLS", "Call", "Effect", "ToolSpec"]
