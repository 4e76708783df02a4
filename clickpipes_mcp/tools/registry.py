"""Every tool with all of its code, in the order in which clients list them."""

from typing import Any

from clickpipes_mcp.listed_tools import ListedTool
from clickpipes_mcp.tools.addressing import ServiceArguments
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
from clickpipes_mcp.tools.record import ToolSpec
from clickpipes_mcp.tools.tuning import cdc_scaling, scaling, settings
from clickpipes_mcp.tools.updating import update

_MODULES = (
    inventory,
    listing,
    update,
    commands,
    wait,
    creation,
    settings,
    scaling,
    cdc_scaling,
    discovery,
    source_check,
    diagnose,
    metrics,
    guide,
    export,
    plan,
    apply,
    undo,
    network_paths,
    endpoint_inventory,
    endpoint_names,
    endpoint_deletion,
    endpoint_creation,
    key_inventory,
    key_creation,
    key_validation,
    key_deletion,
    gcp_identity,
)
_BY_MODULE: tuple[tuple[str, ToolSpec[Any]], ...] = tuple(
    (module.__name__, tool) for module in _MODULES for tool in module.TOOLS
)

TOOLS: tuple[ToolSpec[Any], ...] = tuple(tool for _, tool in _BY_MODULE)


def known_of_all() -> tuple[ListedTool, ...]:
    """What the file of listed tools says of each, by the records."""
    return tuple(
        ListedTool(
            name=tool.name,
            toolset=tool.toolset,
            effect=tool.effect,
            source=tool.source,
            connects_itself=tool.connects_itself,
            is_idempotent=tool.is_idempotent,
            is_gated=tool.prepare is not None,
            concerns_a_service=issubclass(tool.arguments, ServiceArguments),
            module=module,
        )
        for module, tool in _BY_MODULE
    )
