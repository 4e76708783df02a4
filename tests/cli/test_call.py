"""One tool from the shell."""

import json

import pytest

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


@pytest.mark.parametrize("arguments", ["[1]", "nonsense", '{"a":'])
def test_arguments_that_are_no_object_are_refused(arguments):
    assert "ARGUMENTS" in refused_here(run_here("call", "list_services", arguments))
