"""What the bundle starts."""

from clickpipes_mcp.cli import main

main()
