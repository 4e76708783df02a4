"""Every way to write pipes down."""

from typing import Final

from clickpipes_mcp.code.target import Target
from clickpipes_mcp.code.targets.arguments import write_arguments
from clickpipes_mcp.code.targets.clickhousectl import write_clickhousectl
from clickpipes_mcp.code.targets.curl import write_curl
from clickpipes_mcp.code.targets.declarative import write_declarations
from clickpipes_mcp.code.targets.terraform import write_terraform

TARGETS: Final[tuple[Target, ...]] = (
    Target("terraform", "tf", write_terraform, beside=True),
    Target("clickhousectl", "sh", write_clickhousectl),
    Target("curl", "sh", write_curl),
    Target("arguments", "json", write_arguments),
    Target("yaml", "yaml", write_declarations),
)
