"""A server that is killed while it sends a secret leaves it nowhere: no file, line or argument."""

import contextlib
import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest

from tests import attempts_table
from tests.faults.processes import (
    ALONE,
    MODERN,
    NEVER_S,
    PATIENCE_S,
    UNHURRIED,
    ServedProcess,
    SimulatedApi,
)
from tests.http.served import SPOKEN, HttpProcess
from tests.redteam.canaries import KINDS, SENDINGS, Kind, Sending
from tests.redteam.test_canaries import REFERENCES, files
from tests.serving import SERVICE

_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
ONE_OF_EACH = {one.kind: one for one in reversed(SENDINGS) if one.tool.startswith("create_")}
"""A call that sends a secret of each kind."""


class Caller(Protocol):
    """Somebody who calls tools of a program."""

    def begin(self, tool: str, arguments: dict[str, object]) -> None: ...
    def call(self, tool: str, arguments: dict[str, object]) -> dict[str, Any]: ...


class OverHttp:
    """Calls tools of a program that serves HTTP."""

    def __init__(self, program: HttpProcess, *, is_modern: bool) -> None:
        self._endpoint = program.endpoint
        self._meta = {"_meta": MODERN} if is_modern else {}
        self._headers = SPOKEN | (
            {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call"} if is_modern else {}
        )

    def begin(self, tool: str, arguments: dict[str, object]) -> None:
        threading.Thread(target=self._ask, args=(tool, arguments), daemon=True).start()

    def _ask(self, tool: str, arguments: dict[str, object]) -> None:
        with contextlib.suppress(httpx2.HTTPError):  # the server is killed meanwhile
            self._post(tool, arguments)

    def call(self, tool: str, arguments: dict[str, object]) -> dict[str, Any]:
        return dict(self._post(tool, arguments)["result"])

    def _post(self, tool: str, arguments: dict[str, object]) -> Any:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        message = {**asked, "params": {"name": tool, "arguments": arguments, **self._meta}}
        headers = self._headers | ({"mcp-name": tool} if self._meta else {})
        with httpx2.Client(trust_env=False, timeout=PATIENCE_S) as http:
            answer = http.post(self._endpoint, json=message, headers=headers)
        line = next((one for one in answer.text.splitlines() if one.startswith("data: {")), "")
        return json.loads(line.removeprefix("data: ") or answer.text)


@contextlib.contextmanager
def served(
    transport: str,
    era: str,
    api: SimulatedApi,
    program: Sequence[str],
    settings: Mapping[str, str],
) -> Iterator[Any]:
    """The program, and somebody who calls its tools in an era of the protocol."""
    is_modern = era == "modern"
    if transport == "stdio":
        with ServedProcess(api.url, program=program, is_modern=is_modern, **settings) as server:
            yield server, server
        return
    with HttpProcess(api.url, program=program, **settings) as server:
        yield server, OverHttp(server, is_modern=is_modern)


def references_to(kind: Kind, directory: Path) -> tuple[dict[str, str], dict[str, str]]:
    """References of every kind, and the settings with which they lead to a secret."""
    secrets, ring = directory / "secrets", directory / "ring.json"
    secrets.mkdir()
    (secrets / "canary").write_text(kind.value)
    ring.write_text(json.dumps({"clickpipes-mcp canary": kind.value}))
    settings = {
        "CLICKPIPES_SECRET_CANARY": kind.value,
        "CLICKPIPES_SECRETS_DIR": str(secrets),
        "PYTHON_KEYRING_BACKEND": "tests.written_ring.WrittenRing",
        "TEST_RING": str(ring),
    }
    names = {"env": "CLICKPIPES_SECRET_CANARY"}
    written = {one: f"${{{one}:{names.get(one, 'canary')}}}" for one in REFERENCES}
    return written, settings


def fill_in(link: str, value: str) -> None:
    """Give the one secret that a form asks for."""
    with httpx2.Client(trust_env=False, timeout=PATIENCE_S) as http:
        page = http.get(link)
        assert page.status_code == 200, (link, page.text[-600:])
        token = _TOKEN.findall(page.text)[0]
        parts = {"form_token": token, "decision": "give", "secret-0": value}
        sent = http.post(link, files={name: (None, part) for name, part in parts.items()})
    assert sent.status_code == 200, sent.text


def cases() -> list[Any]:
    """A secret of every kind by every reference, over one transport in one era.

    One of each transport has a process list to look at, and is no hostile attempt.
    """
    listed = ((0, 0), (0, 3))
    return [
        pytest.param(
            sending,
            reference,
            ("stdio", "http")[(at + beside) % 2],
            ("legacy", "modern")[(at + beside // 2) % 2],
            ALONE if (at, beside) in listed else UNHURRIED,
            marks=() if (at, beside) in listed else pytest.mark.redteam("killed"),
        )
        for at, sending in enumerate(ONE_OF_EACH.values())
        for beside, reference in enumerate(REFERENCES)
    ]


def _called(part: object) -> str:
    return ("alone" if part is ALONE else "forked") if isinstance(part, tuple) else str(part)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it looks into /proc")
@pytest.mark.parametrize(("sending", "reference", "transport", "era", "run"), cases(), ids=_called)
def test_a_killed_server_leaves_no_secret_behind(
    tmp_path, sending: Sending, reference, transport, era, run
) -> None:
    kind = KINDS[sending.kind]
    (given := tmp_path / "given").mkdir()
    (kept := tmp_path / "kept").mkdir()
    written, settings = references_to(kind, given)
    homes = ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR")
    settings |= {name: str(kept) for name in homes}
    settings |= {
        "CLICKPIPES_JOURNAL": str(kept / "journal.jsonl"),
        "CLICKPIPES_CONSENT": "dangerously-off",
        "CLICKPIPES_LOG_LEVEL": "debug",
    }
    seen: dict[str, str] = {}
    with SimulatedApi() as api, served(transport, era, api, run, settings) as (program, caller):
        said = {**sending.arguments(written[reference], "orders"), "service": SERVICE}
        if reference == "ask":
            asked = caller.call(sending.tool, said)
            seen["asked"] = json.dumps(asked)
            (link,) = re.findall(r"https?://\S+/secrets/\S+", asked["content"][0]["text"])
            fill_in(link, kind.value)
        api.will({"kind": "latency", "seconds": NEVER_S, "method": "POST", "times": 1})
        caller.begin(sending.tool, said)
        api.until_it_happened()
        seen["process list"] = Path(f"/proc/{program.process.pid}/cmdline").read_text()
        program.process.kill()
        if transport == "stdio":
            seen["log"] = program.process.stderr.read()
        else:
            program.process.wait()
            seen["log"] = "".join(program.last_words())
    seen |= files(kept)
    found = [place for place, text in seen.items() if any(sign in text for sign in kind.signs)]
    attempts_table.count(0, sightings=len(found))
    assert found == []
    intents = (kept / "journal.jsonl").read_text().splitlines()
    assert [json.loads(one).get("outcome") for one in intents] == [None]
    assert "debug" in seen["log"].lower()
