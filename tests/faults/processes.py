"""The programs in processes of their own: the simulated API over TCP, the server over stdio."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest

import clickpipes_mcp
from clickpipes_mcp.settings import VARIABLES
from tests.faults.nursery import Fork

ROOT = Path(clickpipes_mcp.__file__).parent.parent
PROGRAM = (sys.executable, "-m", "clickpipes_mcp")
PATIENCE_S = 120.0
"""Far above what anything takes on a busy machine; only what never happens takes as long."""

NEVER_S = 3600.0
"""How long something takes that nothing may wait for."""

LOOKS_EVERY_S = 0.01
_UNHURRIED = f"""
from clickpipes_mcp import calls, cli, signals
signals.GONE_AFTER_S = calls._CLEANING_UP_S = {NEVER_S}
"""
_LASTING = """
from clickpipes_mcp.http import serving as http_serving
http_serving._CONNECTIONS_END_AFTER_S = signals.GONE_AFTER_S
"""
_FINISHING = f"""{_LASTING}
from clickpipes_mcp import serving
serving.STDIO_CALLS_MAY_TAKE_S = http_serving.HTTP_CALLS_MAY_TAKE_S = signals.GONE_AFTER_S
"""
_TELLING = """
from clickpipes_mcp.telemetry import recording
recording._CLOSING_TAKES_AT_MOST_S = signals.GONE_AFTER_S
"""
UNHURRIED = (sys.executable, "-c", f"{_UNHURRIED}cli.main()")
"""The program, which ends when it is ready and never by its alarm, however slow the machine is."""

ANSWERING = (
    sys.executable,
    "-c",
    f"{_UNHURRIED}{_LASTING}http_serving._ANSWERS_MAY_TAKE_S = 0\ncli.main()",
)
"""The same over HTTP, on a machine so busy that no time is left for answers of the last moment."""

FINISHING = (sys.executable, "-c", f"{_UNHURRIED}{_FINISHING}cli.main()")
"""The same; at its end, calls have all the time they need."""

TELLING = (sys.executable, "-c", f"{_UNHURRIED}{_TELLING}cli.main()")
"""The same; at its end, all the time that a collector needs to take what is left."""

ALONE = (sys.executable, "-s", *UNHURRIED[1:])
"""The same in an interpreter of its own, as its option wants, and so in the process list."""

KEY = ("example-access-key", "example-access-secret")
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "a client", "version": "1"},
}


def environment(**settings: str) -> dict[str, str]:
    """Settings for a process, which knows nothing of those of whoever runs the tests."""
    settable = {variable for variables in VARIABLES.values() for variable in variables}
    theirs = {name for name in os.environ if "CLICK" in name or name in settable}
    kept = {name: value for name, value in os.environ.items() if name not in theirs}
    quiet = {"CLICKPIPES_JOURNAL": "off", "CLICKPIPES_OPEN_BROWSER": "false"}
    return {**kept, "PYTHONPATH": str(ROOT), **quiet, **settings}


def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Look until it is so; fail with `what` was waited for when patience is over."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience_s:
            pytest.fail(f"waited {patience_s:g} s in vain for {what}")
        time.sleep(LOOKS_EVERY_S)


def _started(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[str] | Fork":
    if sys.platform == "linux" and command[0] == sys.executable and command[1] in ("-c", "-m"):
        return Fork(command, environment)
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


@contextlib.contextmanager
def ended(process: "subprocess.Popen[Any]") -> Iterator[None]:
    """Have it ended by then: whoever leaves the block of a process waits for its end for ever."""
    try:
        yield
    finally:
        process.kill()


class Program:
    """A process that is ended whatever happens."""

    def __init__(self, *arguments: str, program: Sequence[str] = PROGRAM, **settings: str) -> None:
        self.process = _started([*program, *arguments], environment(**settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.wait()


class SimulatedApi(Program):
    """`clickpipes-mcp simulate`, with its controls."""

    def __init__(self, *arguments: str) -> None:
        super().__init__("simulate", "--port", "0", "--control", *arguments)
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        self.url = next(word.removesuffix("/v1,") for word in words if "://" in word)
        self._http = httpx2.Client(base_url=self.url, auth=KEY, trust_env=False, timeout=PATIENCE_S)

    def __exit__(self, *details: object) -> None:
        self._http.close()
        super().__exit__(*details)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self._http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def will(self, *faults: dict[str, object]) -> None:
        """Put faults in force."""
        self.ask("PUT", "/_simulator/faults", {"faults": list(faults)})

    def until_it_happened(self) -> None:
        """Wait until no fault is left that has not happened."""
        until(lambda: not self.ask("GET", "/_simulator/faults")["faults"], "the faults in force")


class Relay:
    """Stands before an API and passes on what arrives."""

    def __init__(self, api_url: str) -> None:
        self._http = httpx2.Client(base_url=api_url, trust_env=False, timeout=PATIENCE_S)
        methods = {f"do_{name}": _relayed for name in ("GET", "POST", "PUT", "PATCH", "DELETE")}
        quiet = {"log_message": lambda *_: None, "relay": self}
        handler = type("Handler", (BaseHTTPRequestHandler,), {**methods, **quiet})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        """What the API answers; nothing for a request that is let drop."""
        return self._http.request(method, path, headers=headers, content=body)


class LateRelay(Relay):
    """Passes the first creation on late, even if its sender has gone."""

    def __init__(self, api_url: str) -> None:
        super().__init__(api_url)
        self.arrived, self.looked_for, self.release = (threading.Event() for _ in range(3))

    def __exit__(self, *details: object) -> None:
        self.release.set()
        super().__exit__(*details)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        if method == "POST" and not self.arrived.is_set():
            self.arrived.set()
            self.release.wait(PATIENCE_S)
        answer = super().answer(method, path, headers, body)
        if self.arrived.is_set() and path.endswith("/clickpipes"):
            self.looked_for.set()
        return answer


class HoldingRelay(Relay):
    """Holds back what the API has answered to a look at one of its lists.

    `passed_on` are the creations that have reached the API; when it is `cut`, none does, and its
    sender hears nothing.
    """

    def __init__(self, api_url: str, listed: str) -> None:
        super().__init__(api_url)
        self._listed = listed
        self.is_cut = False
        self.passed_on: list[str] = []
        self.wants_to_create, self._end = threading.Event(), threading.Event()
        self.hold()

    def hold(self) -> None:
        """Hold the next list back, until it is let go."""
        self.has_looked, self.let_go = threading.Event(), threading.Event()

    def __exit__(self, *details: object) -> None:
        self.let_go.set()
        self._end.set()
        super().__exit__(*details)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        if method == "POST":
            self.wants_to_create.set()
            if self.is_cut:
                self._end.wait()
                return None
            self.passed_on.append(path)
        answer = super().answer(method, path, headers, body)
        if path.endswith(self._listed) and not self.has_looked.is_set():
            self.has_looked.set()
            self.let_go.wait(PATIENCE_S)
        return answer


def _relayed(handler: Any) -> None:
    body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
    kept = ("authorization", "content-type")
    headers = {name: handler.headers[name] for name in kept if handler.headers[name]}
    answer = handler.relay.answer(handler.command, handler.path, headers, body)
    if answer is None:
        handler.close_connection = True
        return
    with contextlib.suppress(OSError):  # whoever asked was killed
        handler.send_response(answer.status_code)
        handler.send_header("content-type", answer.headers["content-type"])
        handler.send_header("content-length", str(len(answer.content)))
        handler.end_headers()
        handler.wfile.write(answer.content)


MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "a client", "version": "1"},
}
"""What every request of the newer protocol says of its client."""


class StdioProcess(Program):
    """The server over standard input and output, spoken to line by line, in one era."""

    def __init__(
        self,
        *arguments: str,
        program: Sequence[str] = UNHURRIED,
        is_modern: bool = False,
        **settings: str,
    ) -> None:
        super().__init__(*arguments, program=program, **settings)
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self._number = 0
        self._meta = {"_meta": MODERN} if is_modern else {}
        if is_modern:
            return
        self.ask("initialize", INITIALIZE)
        self.result()
        self._send({"method": "notifications/initialized"})

    def _read(self) -> None:
        assert self.process.stdout is not None
        try:
            for line in self.process.stdout:
                self._lines.put(line)
        except ValueError:
            return  # closed while reading: the process was killed

    def _send(self, message: dict[str, object]) -> None:
        self.say(json.dumps({"jsonrpc": "2.0", **message}))

    def say(self, line: str) -> None:
        """Send a line as it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, parameters: dict[str, object]) -> None:
        """Send a request and go on."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": {**parameters, **self._meta}}
        self._send(message)

    def begin(self, tool: str, arguments: dict[str, object]) -> None:
        """Call a tool and go on."""
        self.ask("tools/call", {"name": tool, "arguments": arguments})

    def call(self, tool: str, arguments: dict[str, object]) -> dict[str, Any]:
        """Call a tool; its result."""
        self.begin(tool, arguments)
        return self.result()

    def result(self) -> dict[str, Any]:
        """What was asked for before."""
        return dict(self.message()["result"])

    def message(self) -> dict[str, Any]:
        """What the server says next."""
        return dict(json.loads(self._lines.get(timeout=PATIENCE_S)))


class ServedProcess(StdioProcess):
    """The server with a key for this API."""

    def __init__(
        self,
        api_url: str,
        *,
        program: Sequence[str] = UNHURRIED,
        is_modern: bool = False,
        **settings: str,
    ) -> None:
        super().__init__(
            "serve",
            program=program,
            is_modern=is_modern,
            CLICKPIPES_KEY_ID=KEY[0],
            CLICKPIPES_KEY_SECRET=KEY[1],
            CLICKPIPES_API_URL=api_url,
            **settings,
        )
