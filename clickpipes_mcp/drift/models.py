"""Which model stands for what the API takes and answers, operation by operation."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from clickpipes_mcp.cdc_scaling import CdcScalingRequest
from clickpipes_mcp.cloud import (
    CdcScaling,
    DiscoveredSchema,
    Organization,
    Pipe,
    PrivateEndpoint,
    Service,
    ServiceContext,
    SshKey,
)
from clickpipes_mcp.pipe_states import STATES
from clickpipes_mcp.private_endpoints import STATUSES, CreateEndpoint, CustomDns
from clickpipes_mcp.scaling import ScalingRequest
from clickpipes_mcp.sources import PipeSettings
from clickpipes_mcp.ssh_keys import STATUSES as KEY_STATUSES
from clickpipes_mcp.ssh_keys import CreateSshKey

BODIES: Final[Mapping[str, type[BaseModel]]] = {
    "put_pipe_settings": PipeSettings,
    "scale_pipe": ScalingRequest,
    "update_cdc_scaling": CdcScalingRequest,
    "create_private_endpoint": CreateEndpoint,
    "update_private_endpoint": CustomDns,
    "create_ssh_key": CreateSshKey,
}
"""The bodies that are one model; those of pipes are put together from the sources."""

NOT_SENT: Final[Mapping[type[BaseModel], tuple[str, ...]]] = {CustomDns: ("type",)}
"""What a model holds for its rules alone, by the name it would have in the body."""

ANSWERS: Final[Mapping[str, Any]] = {
    "list_organizations": list[Organization],
    "list_services": list[Service],
    "get_service": Service,
    "wake_service": Service,
    "list_pipes": list[Pipe],
    "get_pipe": Pipe,
    "create_pipe": Pipe,
    "update_pipe": Pipe,
    "scale_pipe": Pipe,
    "set_pipe_state": Pipe,
    "get_pipe_settings": PipeSettings,
    "put_pipe_settings": PipeSettings,
    "get_cdc_scaling": CdcScaling,
    "update_cdc_scaling": CdcScaling,
    "discover_schema": DiscoveredSchema,
    "get_context": ServiceContext,
    "list_private_endpoints": list[PrivateEndpoint],
    "get_private_endpoint": PrivateEndpoint,
    "create_private_endpoint": PrivateEndpoint,
    "update_private_endpoint": PrivateEndpoint,
    "list_ssh_keys": list[SshKey],
    "get_ssh_key": SshKey,
    "create_ssh_key": SshKey,
    "validate_ssh_key": SshKey,
}
"""What each operation answers; the others answer nothing, or text."""

KNOWN_VALUES: Final[Mapping[tuple[type[BaseModel], str], tuple[str, ...]]] = {
    (Pipe, "state"): tuple(STATES),
    (PrivateEndpoint, "status"): tuple(STATUSES),
    (SshKey, "status"): tuple(KEY_STATUSES),
}
"""Fields of answers that are read as any text, and the values that mean something here."""
