"""What the operator chose: read once, checked as a whole, never changed afterwards.

Every setting is an environment variable, and most are options of the program too.
"""

from clickpipes_mcp.settings.addresses import (
    API_ADDRESS,
    DEFAULT_API_URL,
    ENDPOINT_PATH,
    USUAL_PORTS,
    is_loopback,
)
from clickpipes_mcp.settings.callers_file import CallersFile, Grant, Kind
from clickpipes_mcp.settings.choices import (
    DEFAULT_QUERY_URL,
    DEFAULT_TOOLSETS,
    LEVELS,
    TOOLSETS,
    ApiDialect,
    ConsentMode,
    Environment,
    Level,
)
from clickpipes_mcp.settings.connections import Connections, ConnectionSettings, connections
from clickpipes_mcp.settings.connections_file import usual_connections_file
from clickpipes_mcp.settings.key_places import KEYRING_SERVICE, KeyUnavailable, keep_key, key_from
from clickpipes_mcp.settings.live_key import ApiKey
from clickpipes_mcp.settings.loading import SettingDoc, documented_settings, load_settings
from clickpipes_mcp.settings.model import Settings
from clickpipes_mcp.settings.variables import KEY_FAMILIES, PREFIX, VARIABLES, variables_of

__all__ = [
    "API_ADDRESS",
    "DEFAULT_API_URL",
    "DEFAULT_QUERY_URL",
    "DEFAULT_TOOLSETS",
    "ENDPOINT_PATH",
    "KEYRING_SERVICE",
    "KEY_FAMILIES",
    "LEVELS",
    "PREFIX",
    "TOOLSETS",
    "USUAL_PORTS",
    "VARIABLES",
    "ApiDialect",
    "ApiKey",
    "CallersFile",
    "ConnectionSettings",
    "Connections",
    "ConsentMode",
    "Environment",
    "Grant",
    "KeyUnavailable",
    "Kind",
    "Level",
    "SettingDoc",
    "Settings",
    "connections",
    "documented_settings",
    "is_loopback",
    "keep_key",
    "key_from",
    "load_settings",
    "usual_connections_file",
    "variables_of",
]
