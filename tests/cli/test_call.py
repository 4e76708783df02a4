"""One tool from the shell."""

import json

import pytest
from click.testing import CliRunner

from clickpipes_mcp.cli.call import _ask
from tests.cli.test_commands import refused_here, run_here


def test_a_tool_is_run_and_answers_as_to_an_assistant():
    done = run_here("call", "list_services", CLICKPIPES_SIMULATOR="1")
    told = run_here("call", "list_services", "-", "--json", stdin="{}", CLICKPIPES_SIMULATOR="1")
    wrong = run_here("call", "get_clickpipe", '{"clickpipe": 1}', CLICKPIPES_SIMULATOR="1")

    assert done.exit_code == told.exit_code == 0, done.stderr + told.stderr
    assert done.stdout.startswith("2 services. [simulator]")
    assert len(json.loads(told.stdout)["services"]) == 2
    assert wrong.exit_code == 1
    assert wrong.stdout.startswith("invalid_arguments: ")


def test_a_pin_is_typed_and_not_shown():
    with CliRunner().isolation(input="orders\n483-912\n") as (*_, shown):
        given = _ask("Delete it?", {"name": {}, "pin": {}})
        told = shown.getvalue().decode()

    assert given == {"name": "orders", "pin": "483-912"}
    assert "orders" in told
    assert "483-912" not in told


@pytest.mark.parametrize("arguments", ["[1]", "nonsense", '{"a":'])
def test_arguments_that_are_no_object_are_refused(arguments):
    assert "ARGUMENTS" in refused_here(run_here("call", "list_services", arguments))
