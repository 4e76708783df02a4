"""A write: one value, which a dry run shows and a call sends.

What is shown is what is sent because there is only one of it. Around the sending stand two lines
of the journal.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.cloud import ApiRequest, Pipe, show_word
from clickpipes_mcp.diagnosis import may_be_of_login
from clickpipes_mcp.errors import ClickPipesError, RefusedByApi, SecretUnavailable
from clickpipes_mcp.journal import DONE, UNKNOWN, JournalEntry
from clickpipes_mcp.secret_history import note_secret
from clickpipes_mcp.secret_refs import ASK, SendableBody, joined_path, literal_secrets, secrets_in
from clickpipes_mcp.tools.asking import check_given, labels_of, other_label
from clickpipes_mcp.tools.before_image import before_image
from clickpipes_mcp.tools.fences import check_request
from clickpipes_mcp.tools.record import Call
from clickpipes_mcp.tools.secret_recipients import SentSecret, check_recipients, sent_secrets

_PART_OF: Final = {"update_pipe": "", "put_pipe_settings": "settings", "scale_pipe": "scaling"}
"""The part of a pipe that the body of a request is, or none where it names the parts itself."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Write(Generic[T_co]):
    """The request, the journal's word for it, and what it is about: a service, a pipe, a name.

    `pipe` is that pipe as it was just read, where there is one; `digest` stands for what no read
    shows afterwards.
    """

    request: ApiRequest[T_co]
    operation: str
    service_id: str
    pipe_id: str | None = None
    name: str | None = None
    pipe: Pipe | None = field(default=None, repr=False)
    digest: str | None = None

    @property
    def before(self) -> dict[str, object] | None:
        """What the pipe is that is changed; one that is only started stays as it is."""
        if self.pipe is None or self.request.operation == "start_pipe":
            return None
        return before_image(self.pipe, self._asked)

    @property
    def _asked(self) -> Mapping[str, object]:
        """What it asks to change, as a pipe holds it; nothing where only the state changes."""
        body, part = self.request.body, _PART_OF.get(self.request.operation)
        if part is None or not isinstance(body, Mapping):
            return {}
        return {part: body} if part else body

    @property
    def secrets(self) -> tuple[SentSecret, ...]:
        """The references in the request, and the hosts that learn what is behind them."""
        body = self.request.body
        held = self.pipe.truth.arm_body if self.pipe else None
        return sent_secrets(body, held) if isinstance(body, Mapping) else ()


def write_to(pipe: Pipe, operation: str, request: ApiRequest[T]) -> Write[T]:
    """A write to a pipe that is there."""
    name = show_word(pipe.truth.name)  # so that the journal takes it for no other
    return Write(request, operation, pipe.service_id, pipe.id, name, pipe)


async def send(call: Call[Any], write: Write[T]) -> T:
    """Send, with a line in the journal before and after; the error stays as it was.

    Raises:
        OperatorError: The journal cannot be written; nothing was sent.
    """
    return await send_announced(call, write, await announce(call, write))


async def announce(call: Call[Any], write: Write[object]) -> JournalEntry:
    """Write the line of the journal that precedes a write.

    Raises:
        SecretUnavailable: A reference leads nowhere; nothing may be sent.
        OperatorError: The journal cannot be written, or a secret may not go there; nothing may
            be sent.
    """
    secrets = write.secrets
    check_sendable(call, write)
    await check_given(call.app, call.principal, secrets)
    complaint = call.app.journal.complaint()
    if complaint:
        call.warnings.append(complaint)
    return await call.app.journal.announce(
        tool=call.tool.name,
        operation=write.operation,
        service_id=write.service_id,
        clickpipe_id=write.pipe_id,
        name=write.name,
        consent=call.consent or None,
        principal=call.principal or None,
        secrets=[note_secret(one.reference, one.host) for one in secrets],
        digest=write.digest,
        connection=call.app.settings.called,
        state=write.pipe.state if write.pipe else None,
        before=write.before,
    )


async def send_announced(call: Call[Any], write: Write[T], intent: JournalEntry) -> T:
    """Send what was announced, with a line in the journal about its end."""
    outcome, request_id = UNKNOWN, None
    made: object = None
    warn_of_literals(call, write.request.body)
    _tell_kept(call, write.secrets)
    try:
        await check_given(call.app, call.principal, write.secrets)  # time may have gone by
        await _note_sent(call, write.secrets)
        result = await call.app.client.send(write.request)
        outcome, made = DONE, result
        request_id = getattr(result, "request_id", None)
    except ClickPipesError as error:
        outcome = UNKNOWN if error.may_have_happened else error.code
        _tell_of_asked(error, write.secrets)
        request_id = error.request_id
        raise
    finally:
        await call.app.journal.conclude(
            intent,
            outcome,
            clickpipe_id=made.id if isinstance(made, Pipe) else None,
            thing_id=None if isinstance(made, Pipe) else getattr(made, "id", None),
            request_id=request_id,
        )
    return result


def check_sendable(call: Call[Any], write: Write[object]) -> None:
    """Whether a write is within reach, and its secrets may go where it is sent and can be had.

    Raises:
        OperatorError: It is not, one may not go there, or a reference leads nowhere.
    """
    check_request(call.app, write.request, write.pipe)
    check_recipients(call.app, write.secrets)
    check_secrets(call, write.request.body)


def check_secrets(call: Call[Any], body: SendableBody) -> None:
    """Hold every secret against what is known of it: it is there, in bounds and of its kind.

    What a person is asked for was looked at when it was given, or is given later.

    Raises:
        SecretUnavailable: With all fields it is not so with.
    """
    if not isinstance(body, dict):
        return
    asked = set(_asked(body))
    flaws = [flaw for flaw in call.app.client.secret_flaws(body) if flaw.path not in asked]
    if flaws:
        raise SecretUnavailable.of_fields(
            [replace(flaw, path=_as_asked(call, flaw.path)) for flaw in flaws]
        )


def _asked(body: SendableBody) -> Iterator[str]:
    """The paths at which a body holds a secret that a person is asked for."""
    for path, secret in secrets_in(body):
        if secret.reference is not None and secret.reference.startswith(ASK):
            yield joined_path(path)


def warn_of_literals(call: Call[Any], body: SendableBody) -> None:
    """Warn of secrets written out in the call: the assistant's context now holds them."""
    places = [_as_asked(call, path) for path in literal_secrets(body)]
    if places:
        call.warnings.append(
            f"{', '.join(places)}: The secret is written out in the call, so the conversation "
            "holds it. Replace it by a new one, and pass it as ${ask:label}, ${file:name} or "
            "${env:CLICKPIPES_SECRET_NAME}."
        )


def _tell_kept(call: Call[Any], secrets: Iterable[SentSecret]) -> None:
    """Say of what the person gave whether the keyring holds it."""
    if call.app.desk is not None:
        vault = call.app.desk.forms.vault
        told = (vault.remark(call.principal, label) for label in labels_of(secrets))
        call.warnings += filter(None, told)


def _tell_of_asked(error: ClickPipesError, secrets: Iterable[SentSecret]) -> None:
    """Where a login was refused: how the person is asked again for what they gave.

    The same label stands for the same secret for an hour, or for what the keyring keeps.
    """
    labels = labels_of(secrets)
    if labels and isinstance(error, RefusedByApi) and may_be_of_login(error.text):
        again = ", ".join(f"${{ask:{other_label(one)}}} for ${{ask:{one}}}" for one in labels)
        error.fix += f" If the person mistyped a secret, pass {again}: they are asked again."


async def _note_sent(call: Call[Any], secrets: Iterable[SentSecret]) -> None:
    """Remember of what the person gave that it goes out: no pipe gets it again in place of it."""
    if call.app.desk is not None:
        for label in labels_of(secrets):
            await call.app.desk.forms.note_sent(call.principal, label)


def _as_asked(call: Call[Any], path: str) -> str:
    """A path in a body in the caller's spelling: the arm below `source` is no argument."""
    steps = path.split(".")
    if steps[0] == "source":
        del steps[1:2]
    return call.form.spelled(tuple(snake_case(step) for step in steps))
