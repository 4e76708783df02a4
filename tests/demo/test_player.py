"""How steps are played: a real server process, a client, a transcript.

The whole conversation is played by the tests of the program.
"""

import io
import os
import re
from dataclasses import replace

import pytest

from clickpipes_mcp.demo import Screen, chapters, play
from clickpipes_mcp.demo.private_pages import LABEL, answered_on_pages
from clickpipes_mcp.demo.script import bodies
from clickpipes_mcp.demo.steps import Chapter, Expected, Reply, Step

pytestmark = pytest.mark.anyio


class Terminal:
    """A terminal that is read afterwards."""

    def __init__(self, width: int = 100) -> None:
        self._file = io.StringIO()
        self.screen = Screen(file=self._file, width=width, color_system=None)

    @property
    def text(self) -> str:
        return self._file.getvalue()


@pytest.fixture
async def played():
    """Plays steps of its own; whether it went well, and what was to be seen."""

    async def run(*steps: Step, width: int = 80) -> tuple[bool, str]:
        terminal = Terminal(width)
        script = (Chapter("A chapter", steps),)
        return await play(terminal.screen, is_paced=False, script=script), terminal.text

    return run


async def test_the_first_step_that_falls_short_ends_it_and_is_named(played):
    succeeded, text = await played(
        Step("list_clickpipes"),
        Step("list_clickpipes", expected=Expected(facts={"matching": 7})),
        Step("get_clickpipe", {"clickpipe": "never looked for"}),
    )
    assert not succeeded
    assert "failed at: step 2, list_clickpipes" in text
    assert "matching should be 7, not 0" in text
    assert "never looked for" not in text


@pytest.mark.slow
async def test_a_question_nobody_foresaw_is_closed_without_an_answer(played):
    body = dict(next(s for s in chapters()[0].steps if "pubsub" in s.tool).arguments)
    succeeded, text = await played(
        Step("create_pubsub_clickpipe", body),
        Step("stop_clickpipe", {"clickpipe": body["name"]}),
    )
    assert not succeeded
    assert "closes the question" in text
    assert "a person should be asked 0 times, not 1" in text


async def test_the_person_sees_the_question_and_the_reader_the_reply(played):
    body = dict(next(s for s in chapters()[0].steps if "pubsub" in s.tool).arguments)
    reply = Reply("thinks better of it", "decline")
    succeeded, text = await played(
        Step("create_pubsub_clickpipe", body),
        Step(
            "delete_clickpipe",
            {"clickpipe": body["name"]},
            reply=reply,
            expected=Expected(error="consent_denied"),
            proves="All is well.",
        ),
    )
    assert succeeded, text
    assert "the server asks the person" in text
    assert f"To go ahead, type the name: {body['name']}" in text
    assert "thinks better of it" in text
    assert "✓ All is well." in text
    assert "✗ consent_denied" in text


@pytest.mark.parametrize(
    "width", [60, *(pytest.param(width, marks=pytest.mark.slow) for width in (80, 100))]
)
async def test_the_transcript_keeps_to_the_width_of_the_terminal(played, width):
    _, text = await played(
        Step("create_kafka_clickpipe", {"name": "x" * 300}, Expected(error="invalid_arguments")),
        width=width,
    )
    assert max(map(len, text.splitlines())) <= width


async def test_the_short_one_is_less_than_forty_lines_at_80_columns_and_leaves_nothing_out():
    terminal = Terminal(80)
    assert await play(terminal.screen, "legacy", is_whole=False, is_paced=False), terminal.text
    lines = terminal.text.splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= 80
    said = " ".join(terminal.text.split())
    for words in (
        'password="${file:kafka}"',
        "“orders” is Running",
        "INSERT(id, created_at, payload) ON default.kafka_orders_1. (ACCESS_DENIED)",
        "- Grant it. GRANT INSERT, SELECT ON default.* TO <role>",
        "- Otherwise, give the pipe Full access when it is created.",
        "“kafka-orders-1” is Running",
        "person declines server ✗ consent_denied: The person declined.",
        "is asked again, and types “orders” server ✓ Deleting “orders”",
    ):
        assert words in said
    assert "…" not in said


async def test_a_short_one_that_fails_names_the_calls_until_then():
    terminal = Terminal(80)
    steps = (
        Step("list_clickpipes", is_brief=True),
        Step("list_clickpipes", expected=Expected(facts={"matching": 7}), is_brief=True),
    )
    script = (Chapter("", steps),)
    assert not await play(terminal.screen, is_whole=False, is_paced=False, script=script)
    said = " ".join(terminal.text.split())
    assert "→ list_clickpipes ✓ → list_clickpipes server ✗ list_clickpipes" in said
    assert "✗ Failed at: step 2, list_clickpipes" in said


@pytest.mark.skipif(os.name != "posix", reason="pipes break otherwise there")
async def test_where_the_reader_has_left_it_ends_without_a_word(capfd):
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        screen = Screen(file=file, width=80)
        never = Step("delete_clickpipe", expected=Expected(facts={"never": "looked for"}))
        await play(screen, is_paced=False, script=(Chapter("A chapter", (never,)),))
    assert screen.is_unread
    assert "Traceback" not in capfd.readouterr().err


async def test_a_real_key_in_the_environment_is_not_used(played, monkeypatch):
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", "example-access-key")
    monkeypatch.setenv("CLICKPIPES_READONLY", "a misspelling that would not start")
    succeeded, text = await played(
        Step("list_clickpipes", expected=Expected(facts={"environment": "simulator"}))
    )
    assert succeeded, text


async def test_a_server_that_does_not_start_is_told_with_its_own_words(played, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    succeeded, text = await played(Step("list_clickpipes"))
    assert not succeeded
    assert "failed at: step 1, tools/list" in text
    assert "PYTHONHOME = '/nowhere'" in text


@pytest.mark.slow
async def test_a_person_without_forms_is_shown_pages_and_the_secret_is_nowhere(played, monkeypatch):
    made_up = "never-to-be-seen-anywhere"
    monkeypatch.setattr("clickpipes_mcp.demo.stage.token_urlsafe", lambda _: made_up)
    asked, created, *_ = answered_on_pages(bodies()["kafka"])
    succeeded, text = await played(asked, created)
    assert succeeded, text
    assert "the page in the browser" in text
    assert f"${{ask:{LABEL}}}" in text
    assert "✓ Thank you" in text
    assert re.search("consent +asked 0 times", text)
    assert made_up not in text


@pytest.mark.slow
async def test_a_secret_that_turns_up_in_an_answer_ends_it(played, monkeypatch):
    monkeypatch.setattr("clickpipes_mcp.demo.stage.token_urlsafe", lambda _: "Payments")
    asked, created, *_ = answered_on_pages(bodies()["kafka"])
    succeeded, text = await played(asked, created)
    assert not succeeded
    assert "a secret stands in the answer" in text


@pytest.mark.slow
async def test_a_page_without_the_button_ends_it(played):
    asked, *_ = answered_on_pages(bodies()["kafka"])
    assert asked.visit is not None
    lost = replace(asked, visit=replace(asked.visit, button="No such button"))
    succeeded, text = await played(lost)
    assert not succeeded
    assert "the page has no 'No such button'" in text
