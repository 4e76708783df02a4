"""Pipes as resources of the ClickHouse provider, with the blocks that import them."""

from clickpipes_mcp.code.targets.terraform.document import write_terraform

__all__ = ["write_terraform"]
