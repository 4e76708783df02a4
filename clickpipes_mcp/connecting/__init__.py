"""Writing this server into the configuration of an assistant, and taking it out again.

Nothing secret is ever written there: the key stays where the file of connections says.
"""

from clickpipes_mcp.connecting.change import Change, entry_in, plan
from clickpipes_mcp.connecting.client import Client, Platform, Scope, this_platform
from clickpipes_mcp.connecting.clients import CLIENTS, client_called
from clickpipes_mcp.connecting.command import ServerCommand, server_command
from clickpipes_mcp.connecting.options import options_in
from clickpipes_mcp.connecting.text import NotEditable

__all__ = [
    "CLIENTS",
    "Change",
    "Client",
    "NotEditable",
    "Platform",
    "Scope",
    "ServerCommand",
    "client_called",
    "entry_in",
    "options_in",
    "plan",
    "server_command",
    "this_platform",
]
