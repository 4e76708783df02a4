"""The same page in a terminal: `clickpipes-mcp approve` shows the facts and takes the name."""

import json
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import anyio
import pytest
from click.testing import CliRunner, Result

from clickpipes_mcp import state_directory
from clickpipes_mcp.cli.program import program
from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import Pin
from clickpipes_mcp.simulator.serving.serve import serving
from tests.consent.test_gate import DANGERS, NAME
from tests.faults.processes import PATIENCE_S, ServedProcess, SimulatedApi
from tests.pages.test_approval import asked, repeated
from tests.pages.visitor import link_in, link_of
from tests.serving import KAFKA, PIPES, SERVICE, error, facts

pytestmark = pytest.mark.anyio

PIN = "482-913"


@pytest.fixture
def directory(tmp_path, monkeypatch) -> Path:
    """The user's state directory, of the server and of the terminal."""
    monkeypatch.setattr(state_directory, "state_directory", lambda: tmp_path)
    return tmp_path


async def typed(*lines: str, arguments: tuple[str, ...] = ()) -> Result:
    """Run the command and type these lines."""
    text = "".join(f"{line}\n" for line in lines)

    def run() -> Result:
        return CliRunner().invoke(program, ["approve", *arguments], input=text)

    return await anyio.to_thread.run_sync(run)


@pytest.fixture
def present(monkeypatch):
    """The wall clock of the terminal stands at the time of the server."""
    clock = SimpleNamespace(time=lambda: ManualClock().now().timestamp() + 3600)
    monkeypatch.setattr(sys.modules["clickpipes_mcp.cli.approve"], "time", clock)


@pytest.mark.usefixtures("present")
async def test_a_terminal_shows_the_facts_and_takes_the_name(
    serve, directory, era, tmp_path
) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(era=era, state_directory=directory, journal=journal)
    pipe, _ = await asked(served, DANGERS["delete"])

    done = await typed(NAME)

    assert done.exit_code == 0, done.output
    for told in (NAME, "Lost:", DANGERS["delete"].lost, "Stays:", "This cannot be undone."):
        assert told in done.output
    assert "You agreed." in done.output
    assert facts(await repeated(served, DANGERS["delete"], pipe))
    consents = {json.loads(line)["consent"] for line in journal.read_text().splitlines()}
    assert consents == {"approved in a terminal"}


async def test_a_wrong_name_is_asked_for_again_and_none_declines(serve, directory) -> None:
    served = await serve(state_directory=directory)
    pipe, first = await asked(served, DANGERS["delete"])

    done = await typed("orders", "", arguments=(link_in(first),))

    assert "This is not the name." in done.output
    assert "You declined." in done.output
    refusal = error(await repeated(served, DANGERS["delete"], pipe))
    assert refusal["code"] == "consent_denied"
    assert "declined in the terminal" in refusal["problem"]


@pytest.mark.parametrize(
    ("word", "ending"),
    [
        ("Stop it", "You agreed."),
        ("", "You declined."),
        ("no", "You declined."),
        ("Leave it running", "You declined."),
        ("yes\nstop it\nStop it", "You agreed."),
        ("yes\n" * 5, "The question stays open"),
    ],
)
async def test_stopping_takes_the_word_that_is_offered(serve, directory, word, ending) -> None:
    served = await serve(state_directory=directory)
    _, first = await asked(served, DANGERS["stop"])

    done = await typed(word, arguments=(link_in(first),))

    assert ending in done.output


@pytest.mark.usefixtures("present")
async def test_the_pin_is_asked_for_in_the_terminal_too(serve, directory) -> None:
    Pin(directory, ManualClock()).set(PIN)
    served = await serve(state_directory=directory, approval="pin")
    pipe, first = await asked(served, DANGERS["delete"])

    done = await typed(NAME, "guess-0", NAME, PIN, arguments=(link_in(first),))

    assert "The PIN is wrong." in done.output
    assert PIN not in done.output
    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_no_pin_is_given_to_what_is_not_known_to_ask(serve, directory) -> None:
    Pin(directory, ManualClock()).set(PIN)
    served = await serve(state_directory=directory, approval="pin", patience_s=0.0)
    pipe, first = await asked(served, DANGERS["delete"])
    for notice in (directory / "questions").iterdir():
        notice.unlink()

    done = await typed(NAME, PIN, arguments=(link_in(first),))

    assert done.exit_code == 2
    assert "your PIN is not given to it" in done.output
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"


@pytest.mark.usefixtures("directory")
async def test_nothing_is_sent_to_another_machine_without_tls() -> None:
    for host in (
        "mcp.example.com",
        "10.0.0.7:8000",
        "127.0.0.1.example.com",
        "127.0.0.1@evil.test",
    ):
        done = await typed(arguments=(f"http://{host}/approve/x",))
        assert done.exit_code == 2
        assert "without TLS" in done.output


STEERS = "\x1b[2J\x1b]0;t\x07\u202egnol\u200b\r\x08\x00"
STRANGE: dict[str, Any] = {
    "a question": {
        **dict.fromkeys(("headline", "undo", "name", "agree", "decline"), f"ok{STEERS}"),
        **{key: [f"ok{STEERS}"] for key in ("about", "details", "cautions", "lost", "kept")},
        **dict.fromkeys(("takes_pin", "takes_passkey"), False),
        "takes_name": True,
        "flaws": {},
        "form_token": "0",
    },
    "a flaw": {},
    "an ending": dict.fromkeys(("ending", "title", "told", "code"), f"ok{STEERS}"),
    "something else": {"headline": STEERS},
    "no object": [STEERS],
}
STRANGE["a flaw"] = STRANGE["a question"] | {"flaws": {STEERS: f"ok{STEERS}"}}


@pytest.mark.usefixtures("directory")
async def test_nothing_that_a_page_says_steers_the_terminal() -> None:
    async def app(scope: Any, _: object, send: Any) -> None:
        content = json.dumps(STRANGE[unquote(scope["path"].rpartition("/")[2])]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": content})

    async with serving(app, "127.0.0.1", 0) as port:
        for kind in STRANGE:
            link = f"http://127.0.0.1:{port}/approve/{quote(kind)}"
            done = await typed("x", "", arguments=(link,))
            shown = done.output.replace("\n", "")
            assert shown.isprintable(), (kind, done.output)
            assert "\u202e" not in shown
            assert "Traceback" not in shown


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("link", ["approve", "file:///approve/x", "https:///x", "https://[x/y"])
async def test_what_is_no_link_is_told_so(link) -> None:
    done = await typed(arguments=(link,))

    assert done.exit_code == 2
    assert "no link to a page" in done.output


@pytest.mark.usefixtures("present")
async def test_where_the_page_is_is_told_before_anything_is_typed(serve, directory) -> None:
    served = await serve(state_directory=directory)
    _, first = await asked(served, DANGERS["delete"])

    done = await typed("", arguments=(link_in(first),))

    place = link_in(first).split("/")[2]
    assert done.output.startswith(f"The page is at {place}.\n")


@pytest.mark.usefixtures("present")
async def test_of_several_questions_one_is_chosen(serve, directory) -> None:
    served = await serve(state_directory=directory)
    pipe, _ = await asked(served, DANGERS["stop"])
    served.clock.advance(1)
    await repeated(served, DANGERS["delete"], pipe)

    done = await typed("2", NAME)

    assert "1. Stop the ClickPipe" in done.output
    assert "2. Delete the ClickPipe" in done.output
    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_what_a_terminal_finds_is_for_its_user_and_holds_no_answer(serve, directory) -> None:
    served = await serve(state_directory=directory)
    _, first = await asked(served, DANGERS["delete"])

    (file,) = (directory / "questions").iterdir()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text()).keys() == {"link", "headline", "expires_at"}
    assert json.loads(file.read_text())["link"] == link_in(first)


@pytest.mark.usefixtures("directory", "present")
async def test_nothing_waits_where_nothing_was_asked() -> None:
    done = await typed()

    assert done.exit_code == 2
    assert "No question waits" in done.output


@pytest.mark.usefixtures("present")
async def test_what_is_no_notice_is_cleared_away(directory) -> None:
    questions = directory / "questions"
    questions.mkdir()
    (questions / "a.json").write_text("{")
    (questions / "b.json").write_text('{"link": "x", "headline": "y", "expires_at": 1}')
    (questions / "c.json").symlink_to(directory / "elsewhere")

    assert (await typed()).exit_code == 2
    assert list(questions.iterdir()) == []


@pytest.mark.parametrize("link", ["x", "file:///etc/passwd", "http://127.0.0.1:1/approve/x"])
@pytest.mark.usefixtures("directory")
async def test_a_link_that_leads_nowhere_is_said(link) -> None:
    done = await typed(arguments=(link,))

    assert done.exit_code == 2
    assert "Traceback" not in done.output


async def test_setting_another_pin_takes_the_present_one(directory) -> None:
    first = await typed(PIN, PIN, arguments=("--set-pin",))
    assert "The PIN is set." in first.output

    refused = await typed("guess-0", "another-1", "another-1", arguments=("--set-pin",))
    assert refused.exit_code == 2
    assert "The PIN is wrong." in refused.output
    changed = await typed(PIN, "another-1", "another-1", arguments=("--set-pin",))

    assert "The PIN is set." in changed.output
    assert (await Pin(directory, ManualClock()).check("another-1")).is_right


@pytest.mark.slow
def test_over_standard_input_and_output_a_terminal_can_agree(tmp_path) -> None:
    kept = {"XDG_STATE_HOME": str(tmp_path), "CLICKPIPES_OPEN_BROWSER": "false"}
    arguments: dict[str, object] = {"service": SERVICE, "clickpipe": NAME}
    with SimulatedApi("--speed", "1000") as api:
        api.ask("POST", PIPES, KAFKA | {"name": NAME})
        with ServedProcess(api.url, **kept) as server:
            server.begin("wait_for_clickpipe", arguments)
            server.result()
            server.begin("delete_clickpipe", arguments)
            link = link_of(server.result()["structuredContent"]["fix"])
            (file,) = tmp_path.rglob("questions/*.json")
            assert json.loads(file.read_text())["link"] == link
            done = CliRunner().invoke(program, ["approve", link], input=f"{NAME}\n")
            assert "You agreed." in done.output
            server.begin("delete_clickpipe", arguments)
            assert not server.result().get("isError")
            server.begin("delete_clickpipe", arguments)
            server.result()
            assert server.process.stdin is not None
            server.process.stdin.close()
            assert server.process.wait(timeout=PATIENCE_S) == 0
        assert not list(tmp_path.rglob("questions/*"))
        assert api.ask("GET", PIPES)["result"] == []
