"""Help tells what can be chosen, so that nobody has to try."""

import re

import pytest
from click.testing import CliRunner

from clickpipes_mcp.cli.program import program
from clickpipes_mcp.code import FORMATS
from clickpipes_mcp.connecting import CLIENTS
from clickpipes_mcp.packaging import TARGETS


@pytest.mark.parametrize(
    ("command", "choices"),
    [
        ("connect", [client.key for client in CLIENTS]),
        ("export", FORMATS),
        ("package", [target.key for target in TARGETS]),
    ],
)
def test_all_that_can_be_chosen_is_named(command, choices):
    told = CliRunner().invoke(program, [command, "--help"]).stdout
    assert set(choices) <= set(re.findall(r"[\w-]+", told))
