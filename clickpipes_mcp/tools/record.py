"""What a tool is: one record that everything generic reads."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias, TypeVar

from clickpipes_mcp.app import App
from clickpipes_mcp.argument_form import NormalForm
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.consent import LOCAL, ConfirmationTokens, Desk, Impact, SecretsWanted
from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import is_uuid
from clickpipes_mcp.offering import Effect
from clickpipes_mcp.schema_shape import JsonObject
from clickpipes_mcp.secret_refs import SendableBody
from clickpipes_mcp.settings import ConsentMode
from clickpipes_mcp.tools.asking import wanted_secrets
from clickpipes_mcp.tools.fences import check_impact
from clickpipes_mcp.tools.secret_journeys import plan_journeys, tell_journey, with_journeys
from clickpipes_mcp.tools.secret_recipients import Journey, SentSecret
from clickpipes_mcp.tools.views import View

__all__ = ["Call", "Effect", "Prepared", "Reporter", "ToolSpec", "ignore_progress"]

A = TypeVar("A", bound=Request)

Reporter: TypeAlias = Callable[[float, float | None, str], Awaitable[None]]
"""Progress so far, its end if known, and a word about it."""


async def ignore_progress(progress: float, total: float | None, message: str) -> None:
    """Progress nobody listens to."""


@dataclass(frozen=True)
class Prepared:
    """What one look at things came to: what a call would destroy, and the doing of it.

    `act` acts on exactly what was looked at. So a yes that was checked against `impact` holds for
    what is done. `impact` is None where nothing is destroyed. `sends` are the secrets that go out;
    one that goes to a new host is asked about too. `is_passing` says that there is no impact only
    because of the state in which the thing happens to be. `body` holds the secrets, and those that
    a person is asked for.
    """

    impact: Impact | None
    act: Callable[[], Awaitable[View]]
    sends: tuple[SentSecret, ...] = ()
    is_passing: bool = False
    body: SendableBody = None


@dataclass(frozen=True)
class ToolSpec(Generic[A]):
    """One tool.

    `description` is its manual for an assistant. A tool that may destroy something or send a secret
    has `prepare` in the place of `run`. `copying` are its arguments where `like` names something to
    copy, which `prepare` fills in. `arm` is the API's key that may stand
    inside `source` when a documented body is pasted. `connects_itself` is whether this server, and
    not the API, connects to a source. `schema` has the last word on what is
    published, given the keys of the sources the operator chose; none means all.
    """

    name: str
    title: str
    description: str
    toolset: str
    effect: Effect
    arguments: type[A]
    view: type[View]
    run: "Callable[[Call[A]], Awaitable[View]] | None" = None
    prepare: "Callable[[Call[A]], Awaitable[Prepared]] | None" = None
    is_idempotent: bool = False
    rules: tuple[Rule[Any], ...] = ()
    copying: type[Request] | None = None
    arm: str | None = None
    source: str | None = None
    connects_itself: bool = False
    schema: Callable[[JsonObject, Collection[str]], JsonObject] = field(
        default=lambda published, _sources: published
    )


@dataclass
class Call(Generic[A]):
    """One call of a tool, with valid arguments.

    `form` remembers how the caller spelled them; `warnings` end up in the answer; `consent`
    says how a person agreed and `principal` on whose behalf the call is made, both for the journal;
    `offered` are the tools that may be suggested. `listed` are the pipes of the service where
    whoever makes the call has just listed them: a dry run lists no others.
    """

    app: App
    tool: ToolSpec[A]
    arguments: A
    form: NormalForm
    confirmations: ConfirmationTokens
    warnings: list[str] = field(default_factory=list)
    report: Reporter = ignore_progress
    consent: str = ""
    asked_about: Impact | None = None
    waits_for_person: bool = False
    offered: frozenset[str] = frozenset()
    principal: str = LOCAL
    listed: Sequence[Pipe] | None = None
    _prepared: Prepared | None = None

    @property
    def consent_mode(self) -> ConsentMode:
        return self.app.settings.consent

    @property
    def desk(self) -> Desk:
        return self.app.desk or Desk(self.app.clock, self.confirmations)

    @property
    def confirmation_token(self) -> str | None:
        return getattr(self.arguments, "confirmation_token", None)

    @property
    def said(self) -> SendableBody:
        """The arguments, but for the confirmation of what they ask for."""
        return {
            name: value
            for name, value in self.arguments.body().items()
            if name != "confirmationToken"
        }

    @property
    def is_dry_run(self) -> bool:
        return bool(getattr(self.arguments, "dry_run", None))

    @property
    def known_pipes(self) -> Sequence[Pipe] | None:
        """The pipes that were listed for this call; what changes something looks for itself."""
        return self.listed if self.is_dry_run else None

    @property
    def may_pass(self) -> bool:
        return self._prepared is not None and self._prepared.is_passing

    @property
    def journeys(self) -> tuple[Journey, ...]:
        """The secrets of what was looked at last that go to hosts where they have not been."""
        return plan_journeys(self.app, self._prepared.sends) if self._prepared else ()

    def secrets_wanted(self) -> SecretsWanted | None:
        """What a person still has to give; a dry run asks nobody.

        Raises:
            SecretUnavailable: The operator has bound a secret, and not to where it is to go.
        """
        if self.is_dry_run:
            return None
        return self._wanted()

    def _wanted(self) -> SecretsWanted | None:
        if self._prepared is None:
            return None
        return wanted_secrets(
            self.app,
            self.principal,
            self.tool.name,
            self.said,
            self.form,
            self._prepared.sends,
            self._prepared.body,
        )

    async def impact(self) -> Impact | None:
        """Look, and tell what a person has to agree to; None where that is nothing.

        Raises:
            NotAllowed: The operator has put it beyond reach, whoever agrees.
        """
        if self.tool.prepare is None or self.is_dry_run:
            return None
        self._prepared = await self.tool.prepare(self)
        check_impact(self.app, self._prepared.impact)
        sends = self._prepared.sends
        told = with_journeys(self.app, self._prepared.impact, sends, self.tool.name)
        if told is None:
            return None
        settings, service = self.app.settings, getattr(self.arguments, "service", None)
        return replace(
            told,
            service_name="" if service is None or is_uuid(service.strip()) else service.strip(),
            connection=settings.called or "",
            colour=settings.marked or "",
        )

    async def run(self) -> View:
        """Do what the tool does, to what was looked at last."""
        if self.tool.run is not None:
            return await self.tool.run(self)
        if self._prepared is None and self.tool.prepare is not None:
            self._prepared = await self.tool.prepare(self)
            check_impact(self.app, self._prepared.impact)
            wanted = self._wanted()
            if wanted is not None:
                await self.desk.forms.recall(self.principal, wanted.secrets)
                wanted = self._wanted()
            if wanted is not None:
                self.warnings.append(
                    "The call without dry_run asks the person for secrets on a private page first. "
                    f"{wanted.tell()}"
                )
            if self._prepared.impact is not None and self.consent_mode != "dangerously-off":
                self.warnings.append("The call without dry_run asks a person first.")
            journeys = plan_journeys(self.app, self._prepared.sends)
            self.warnings += [f"{tell_journey(one)} A person is asked first." for one in journeys]
        if self._prepared is None:
            raise NotImplementedError(f"{self.tool.name} neither runs nor prepares")
        return await self._prepared.act()
