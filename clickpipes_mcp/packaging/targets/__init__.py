"""Every installer that a package is made for."""

from clickpipes_mcp.packaging.target import Target
from clickpipes_mcp.packaging.targets import (
    claude_code,
    codex,
    cursor,
    docker,
    gemini,
    grafana,
    mcpb,
    registry,
    team,
)

TARGETS: tuple[Target, ...] = (
    registry.TARGET,
    mcpb.TARGET,
    docker.TARGET,
    claude_code.TARGET,
    codex.TARGET,
    cursor.TARGET,
    gemini.TARGET,
    grafana.TARGET,
    team.TARGET,
)
