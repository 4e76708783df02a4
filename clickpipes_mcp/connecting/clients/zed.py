"""Zed."""

from clickpipes_mcp.connecting.client import Client

CLIENT = Client(
    key="zed",
    title="Zed",
    user=lambda platform: (
        platform.dot_config / ("Zed" if platform.system == "win32" else "zed") / "settings.json"
    ),
    project=lambda platform: platform.project / ".zed" / "settings.json",
    below=("context_servers",),
    documentation="https://zed.dev/docs/ai/mcp",
    first="Open the settings of the agent panel: the dot beside the server is green.",
)
