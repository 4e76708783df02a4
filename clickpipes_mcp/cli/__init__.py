"""The program: the only package that reads the command line, prints and exits."""

import sys

from clickpipes_mcp.cli.answering_first import answer_first
from clickpipes_mcp.cli.printing import print_whatever_comes


def main() -> None:
    """What the console script runs."""
    print_whatever_comes(sys.stdout, sys.stderr)
    if not sys.argv[1:]:  # as clients start it; reading a command line takes a while
        answer_first({})
    from clickpipes_mcp.cli.program import program  # start-up time

    program(prog_name="clickpipes-mcp")
