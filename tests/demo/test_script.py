"""What the conversation covers."""

import json

import pytest

from clickpipes_mcp.demo import chapters
from clickpipes_mcp.demo.script import bodies
from clickpipes_mcp.sources import SOURCES
from tests.serving import REFERENCE_BODIES

STEPS = [step for chapter in chapters() for step in chapter.steps]


def plain(value: object) -> object:
    """A body without its access key ids, which documentation and demo write differently."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key != "accessKeyId"}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_a_pipe_of_every_source_is_created_and_waited_for(spec):
    body = bodies()[spec.key]
    created = next(
        index
        for index, step in enumerate(STEPS)
        if step.tool == f"create_{spec.key}_clickpipe" and step.arguments == body
    )
    assert STEPS[created + 1].tool == "wait_for_clickpipe"
    assert STEPS[created + 1].arguments == {"clickpipe": body["name"]}


def test_every_body_of_the_reference_page_is_pasted_as_it_stands():
    pasted = {body["name"]: plain(body) for body in bodies().values()}
    documented = {body["name"]: plain(body) for body in REFERENCE_BODIES}
    assert pasted == pasted | documented


def test_no_secret_of_a_body_is_a_reference():
    assert "${" not in json.dumps(bodies())


def test_what_was_refused_is_looked_at_and_found_as_it_was():
    for index, step in enumerate(STEPS):
        is_refused = step.expected.error and step.visit is None
        if is_refused and step.tool in ("stop_clickpipe", "delete_clickpipe"):
            looked = next(
                later
                for later in STEPS[index + 1 :]
                if later.tool == "get_clickpipe" and later.arguments == step.arguments
            )
            assert looked.expected.facts["state"] == "Running"


@pytest.mark.parametrize(
    "tool",
    ["get_clickpipe_settings", "update_clickpipe_settings", "scale_clickpipe", "update_clickpipe",
     "get_cdc_scaling", "update_cdc_scaling", "start_clickpipe", "stop_clickpipe",
     "delete_clickpipe"],
)  # fmt: skip
def test_every_documented_operation_is_called(tool):
    assert any(step.tool == tool and step.expected.error is None for step in STEPS)


def test_both_a_client_with_a_person_and_one_without_are_refused():
    refused = [step for step in STEPS if step.expected.error == "consent_required"]
    assert {step.tool for step in refused} == {"stop_clickpipe", "delete_clickpipe"}
    assert all(step.is_unattended for step in refused)
