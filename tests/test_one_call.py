"""One call from a shell, and whoever is asked there."""

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import CallerError
from clickpipes_mcp.one_call import call_once
from clickpipes_mcp.sources import SOURCES
from tests.serving import KAFKA, PIPES, SERVICE, built

pytestmark = pytest.mark.anyio

LOSING = {"service": SERVICE, "clickpipe": KAFKA["name"]}


@pytest.mark.parametrize(
    ("typed", "code", "writes"),
    [
        (KAFKA["name"], None, ["DELETE"]),
        ("another name", "consent_denied", []),
        (None, "consent_denied", []),
        ("nobody is there", "consent_required", []),
    ],
)
async def test_a_call_that_loses_something_is_agreed_to_where_it_is_made(
    typed, code, writes
) -> None:
    plane, server = built(ManualClock())
    await plane.by_somebody_else("POST", PIPES, KAFKA)
    before, questions = len(plane.writes), []

    def ask(question, wanted):
        questions.append(question)
        return None if typed is None else dict.fromkeys(wanted, typed)

    answer = await call_once(
        server, "delete_clickpipe", LOSING, None if code == "consent_required" else ask
    )

    assert answer.content.get("code") == code
    assert answer.is_error is (code is not None)
    assert "http" not in answer.text, "a page would be gone with the call"
    assert [one.method for one in plane.writes[before:]] == writes
    assert len(questions) == (code != "consent_required")


async def test_a_tool_that_does_not_exist_is_refused_with_the_nearest() -> None:
    _, server = built(ManualClock())

    with pytest.raises(CallerError, match="create_kafka_clickpipe"):
        await call_once(server, "create_kafka_pipe", {}, None)


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_nobody_is_sent_to_a_page_that_is_not_shown(spec) -> None:
    _, server = built(ManualClock())
    lacking = {**spec.example, "name": "a pipe", "service": SERVICE, "start_paused": "unclear"}
    lacking["source"] = _without_secrets(lacking["source"])

    answer = await call_once(server, f"create_{spec.key}_clickpipe", lacking, None)

    assert answer.is_error
    assert ("${ask:" in answer.text) is ("No page can be shown here" in answer.text)


def _without_secrets(source):
    if isinstance(source, dict):
        return {key: _without_secrets(value) for key, value in source.items() if value != {}}
    return None if isinstance(source, str) and source.startswith("${") else source
