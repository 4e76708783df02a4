"""Real servers in processes of their own, real clients to them, and a person to be asked."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Literal, TypeAlias

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.session import ClientRequestContext
from mcp.client.stdio import stdio_client
from mcp.shared.dispatcher import ProgressFnT
from mcp_types import ElicitRequestParams, ElicitResult, Implementation, TextContent

from clickpipes_mcp import __version__
from clickpipes_mcp.demo.browser import Browser, Page, link_in
from clickpipes_mcp.demo.credentials import write_credentials
from clickpipes_mcp.demo.steps import Answer, Reply, Step, Visit
from clickpipes_mcp.settings import PREFIX, TOOLSETS, VARIABLES
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID

Era: TypeAlias = Literal["modern", "legacy"]

_MODES: Mapping[Era, str] = {"modern": "auto", "legacy": "legacy"}
_SECRETS = "secrets"
_CALL_TAKES_AT_MOST_S = 120.0
_CANCELS = Reply("closes the question", "cancel")


class ServerLost(Exception):
    """The server did not start, or broke off."""


@dataclass
class Person:
    """Answers what the server asks as the step in progress says; `shows` puts it on the screen.

    `gave` are the secrets typed into pages, which nobody else may come to know.
    """

    shows: Callable[[str, Reply], None]
    shows_page: Callable[[Page, Visit], None]
    reply: Reply | None = None
    questions: int = 0
    gave: list[str] = field(default_factory=list)

    async def answer(
        self,
        context: ClientRequestContext,  # noqa: ARG002 # what the client passes
        params: ElicitRequestParams,
    ) -> ElicitResult:
        """What the client calls when a question arrives."""
        self.questions += 1
        reply = self.reply or _CANCELS
        self.shows(params.message, reply)
        if reply.action == "accept":
            return ElicitResult(action="accept", content={**reply.content})
        return ElicitResult(action=reply.action)

    async def visit(self, visit: Visit, text: str) -> Page:
        """Open the page that an answer links to, and fill in its form; the page that follows.

        Raises:
            PageUnusable: There is no such page, field or button.
        """
        browser = Browser(link_in(text))
        page = await browser.look()
        self.shows_page(page, visit)
        secrets = {label: token_urlsafe(18) for label in visit.secrets}
        self.gave.extend(secrets.values())
        return await browser.send(page, visit.button, {**visit.typed, **secrets})


@dataclass
class Stage:
    """Opens servers and clients on demand; the exit stack closes them.

    Servers share one simulated world, which they keep in `folder`; each scenario has another. What
    the steps refer to stands in a directory of secrets, some of them `given`.
    """

    stack: AsyncExitStack
    folder: Path
    era: Era
    speed: float
    person: Person
    steps: InitVar[Iterable[Step]] = ()
    given: InitVar[Mapping[str, str]] = MappingProxyType({})
    clients: dict[tuple[bool, str], Client] = field(default_factory=dict)

    def __post_init__(self, steps: Iterable[Step], given: Mapping[str, str]) -> None:
        self._secrets = write_credentials(self.folder / _SECRETS, steps, given)

    async def client(self, *, is_unattended: bool = False, scenario: str = "") -> Client:
        """A connected client; an unattended one cannot put a question to a person.

        A scenario has a world of its own.

        Raises:
            ServerLost: The server did not start.
        """
        key = (is_unattended, scenario)
        if key not in self.clients:
            log = self.stack.enter_context(self._log.open("a", encoding="utf-8"))
            client = Client(
                stdio_client(self._server(scenario), errlog=log),
                mode=_MODES[self.era],
                read_timeout_seconds=_CALL_TAKES_AT_MOST_S,
                elicitation_callback=None if is_unattended else self.person.answer,
                client_info=Implementation(name="clickpipes-demo", version=__version__),
            )
            try:
                self.clients[key] = await self.stack.enter_async_context(client)
            except (MCPError, OSError, ExceptionGroup) as error:
                raise ServerLost("The server did not start. It wrote:") from error
        return self.clients[key]

    async def call(self, step: Step, progress: ProgressFnT | None = None) -> Answer:
        """Make the call of a step.

        Raises:
            ServerLost: No answer came.
        """
        client = await self.client(is_unattended=step.is_unattended, scenario=step.scenario)
        self.person.reply, asked_before = step.reply, self.person.questions
        try:
            result = await client.call_tool(
                step.tool, dict(step.arguments), progress_callback=progress
            )
        except MCPError as error:
            raise ServerLost(f"No answer came: {error}") from error
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        return Answer(
            text,
            result.structured_content or {},
            bool(result.is_error),
            self.person.questions - asked_before,
        )

    def log(self) -> str:
        """What the servers wrote to standard error."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def sightings(self, answer: Answer) -> Iterator[str]:
        """Where a secret stands that it should not: one referred to, or given on a page."""
        texts = {"the answer": f"{answer.text}\n{answer.content}"}
        for file in self.folder.rglob("*"):
            if file.is_file() and file.parent.name != _SECRETS:
                texts[file.name] = file.read_text(encoding="utf-8", errors="replace")
        for place, text in texts.items():
            if any(secret in text for secret in (*self._secrets, *self.person.gave)):
                yield f"a secret stands in {place}"

    @property
    def _log(self) -> Path:
        return self.folder / "servers.log"

    def _server(self, scenario: str) -> StdioServerParameters:
        environment = self._environment(scenario or "world")
        if scenario:
            environment["CLICKPIPES_SIMULATOR_SCENARIO"] = scenario
        return StdioServerParameters(
            command=sys.executable, args=["-m", "clickpipes_mcp", "serve"], env=environment
        )

    def _environment(self, world: str) -> dict[str, str]:
        """The environment at hand, without any setting: a demo never meets a real API."""
        settings = {name for names in VARIABLES.values() for name in names}
        return {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in settings and not name.startswith(PREFIX)
            },
            "XDG_STATE_HOME": str(self.folder / "state"),
            "CLICKPIPES_SIMULATOR": "true",
            "CLICKPIPES_OPEN_BROWSER": "false",
            "CLICKPIPES_SECRETS_DIR": str(self.folder / _SECRETS),
            "CLICKPIPES_LITERAL_SECRETS": "refuse",
            "CLICKPIPES_CHECKS": "private",  # a look goes where the chapter that has one says
            "CLICKPIPES_SIMULATOR_SPEED": str(self.speed),
            "CLICKPIPES_SIMULATOR_STATE": str(self.folder / f"{world}.json"),
            "CLICKPIPES_JOURNAL": str(self.folder / f"{world}.jsonl"),
            "CLICKPIPES_SERVICE_ID": DEFAULT_SERVICE_ID,
            "CLICKPIPES_TOOLSETS": ",".join(TOOLSETS),
        }
