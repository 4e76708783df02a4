"""`python -m clickpipes_mcp` is the same program as the console script."""

from clickpipes_mcp.cli import main

main()
