"""What the conversation covers."""

import re

import pytest

from clickpipes_mcp.demo import chapters
from clickpipes_mcp.demo.script import bodies
from clickpipes_mcp.sources import SOURCES
from tests.serving import REFERENCE_BODIES

STEPS = [step for chapter in chapters() for step in chapter.steps]


def is_as_documented(ours: object, documented: object) -> bool:
    """Whether only secrets are referred to, and access key ids written differently."""
    if isinstance(ours, dict) and isinstance(documented, dict):
        ours, documented = ({**one, "accessKeyId": ""} for one in (ours, documented))
        return ours.keys() == documented.keys() and all(
            is_as_documented(ours[key], documented[key]) for key in ours
        )
    return ours == documented or re.fullmatch(r"\$\{file:[\w.]+\}", str(ours)) is not None


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


def test_every_body_of_the_reference_page_is_pasted_but_for_its_secrets():
    pasted = {body["name"]: body for body in bodies().values()}
    for documented in REFERENCE_BODIES:
        assert is_as_documented(pasted[documented["name"]], documented)


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
