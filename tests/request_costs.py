"""How many requests each tool costs: a key has ten in ten seconds, whoever uses it."""

from clickpipes_mcp.tools import TOOLS

COSTS = {
    "list_services": 1,
    "list_clickpipes": 1,
    "get_clickpipe": 1,
    "update_clickpipe": 2,
    "start_clickpipe": 2,
    "stop_clickpipe": 3,
    "resync_clickpipe": 3,
    "delete_clickpipe": 3,
    "wait_for_clickpipe": 1,
    "get_clickpipe_settings": 2,
    "update_clickpipe_settings": 3,
    "scale_clickpipe": 2,
    "get_cdc_scaling": 1,
    "update_cdc_scaling": 1,
    "discover_source_schema": 1,
    "check_source": 0,
    "diagnose_clickpipe": 8,
    "get_clickpipe_metrics": 2,
    "get_source_guide": 1,
    "export_clickpipe": 4,
    "plan_clickpipes": 1,
    "apply_clickpipes": 5,
    "undo_last_change": 3,
    "list_network_paths": 2,
    "list_private_endpoints": 1,
    "get_private_endpoint": 2,
    "update_private_endpoint": 5,
    "delete_private_endpoint": 5,
    "create_private_endpoint": 2,
    "list_ssh_keys": 1,
    "get_ssh_key": 2,
    "create_ssh_key": 2,
    "validate_ssh_key": 2,
    "delete_ssh_key": 5,
    "get_gcp_identity": 1,
} | {tool.name: 2 for tool in TOOLS if tool.source is not None}
"""Of a call that names service and pipe by id, and works.

Four of those of diagnose_clickpipe are statements that the service answers: they are none of the
ten in ten seconds.
"""
