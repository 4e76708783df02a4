"""Which secrets of a call a person still has to give, and how the form tells of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from clickpipes_mcp.app import App
from clickpipes_mcp.argument_form import NormalForm, snake_case
from clickpipes_mcp.asked_secrets import WantedSecret
from clickpipes_mcp.consent import SecretsWanted
from clickpipes_mcp.contract import FieldPath, SourceSpec
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.guides import written
from clickpipes_mcp.schema_shape import JsonObject, full_schema
from clickpipes_mcp.secret_refs import (
    ASK,
    LONGEST_LABEL,
    Secret,
    SendableBody,
    digest_of,
    secrets_in,
)
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.secret_recipients import (
    UNTOLD,
    SentSecret,
    check_recipients,
    show_recipient,
)

_MOST_HINTS: Final = 4
_SENTENCE_END: Final = re.compile(r"(?<=[.;])\s+")
_OF_LOGINS: Final = re.compile(
    r"password|pwd:|\b(?:api|access|hmac|account's) key|connection string|policy of the namespace"
    r"|root certificate",
    re.IGNORECASE,
)
"""What people find, make or set where the secrets of a source come from."""

_BESIDE: Final = ("source", "credentials")


def wanted_secrets(
    app: App,
    whose: str,
    tool: str,
    said: SendableBody,
    form: NormalForm,
    sent: Sequence[SentSecret],
    body: SendableBody,
) -> SecretsWanted | None:
    """What a person has to give before a body can be sent; None where that is nothing.

    Raises:
        SecretUnavailable: The operator has bound a secret, and not to where it is to go.
    """
    check_recipients(app, sent)
    asked = [one for one in sent if one.reference.startswith(ASK)]
    if not asked:
        return None
    binding = digest_of([whose, tool, said], app.store_key)
    spec = next((one for one in SOURCES if one.key == asked[0].kind), None)
    placed: dict[str, list[tuple[FieldPath, Secret]]] = {}
    for path, secret in secrets_in(body):
        if secret.reference is not None and secret.reference.startswith(ASK):
            placed.setdefault(secret.reference, []).append((_steps(path), secret))
    wanted = tuple(
        _wanted(reference, held, [one for one in asked if one.reference == reference], form, spec)
        for reference, held in placed.items()
    )
    vault = app.desk.forms.vault if app.desk else None
    missing = tuple(
        one
        for one in wanted
        if vault is None or not vault.is_for(whose, one.label, one.places, unsent=one.replaces)
    )
    if not missing:
        return None
    where = " on the simulator" if app.settings.environment == "simulator" else ""
    where += f" through the connection {app.settings.called}" if app.settings.called else ""
    title = f"the {spec.title} source" if spec else "a source"
    return SecretsWanted(
        binding,
        f"The call {tool}{where} needs secrets of {title}.",
        missing,
        spec.documentation if spec else "",
        _hints(spec) if spec else (),
    )


async def check_given(app: App, whose: str, sent: Sequence[SentSecret]) -> None:
    """Refuse an asked secret that was not given for where it is to go, as it is known by now.

    Raises:
        SecretUnavailable: With what to do about it.
    """
    if app.desk is not None:
        await app.desk.forms.refresh(whose, labels_of(sent))
    asked = [one for one in sent if one.reference.startswith(ASK)]
    for reference in dict.fromkeys(one.reference for one in asked):
        ways = [one for one in asked if one.reference == reference]
        label, unsent = reference.removeprefix(ASK), any(one.replaces for one in ways)
        if app.desk is None or not app.desk.forms.vault.is_for(
            whose, label, places_of(ways), unsent=unsent
        ):
            raise SecretUnavailable(
                f"The person has not given ${{{reference}}} for where it is to go, or not within "
                "the last hour. Nothing was sent.",
                fix="Repeat the call: the person is then asked on a private page.",
            )


def labels_of(sent: Iterable[SentSecret]) -> tuple[str, ...]:
    """Under which labels a person was asked for what is sent."""
    asked = (one.reference for one in sent if one.reference.startswith(ASK))
    return tuple(dict.fromkeys(reference.removeprefix(ASK) for reference in asked))


def places_of(sent: Iterable[SentSecret]) -> tuple[str, ...]:
    """What a value is bound to: each host, and for which kind of source."""
    return tuple(dict.fromkeys(f"{one.kind} {one.host}" for one in sent))


def _wanted(
    reference: str,
    held: Sequence[tuple[FieldPath, Secret]],
    sent: Sequence[SentSecret],
    form: NormalForm,
    spec: SourceSpec | None,
) -> WantedSecret:
    whats = (_described(spec, path) for path, _ in held) if spec else ()
    return WantedSecret(
        label=reference.removeprefix(ASK),
        kinds=tuple(dict.fromkeys(type(secret) for _, secret in held)),
        fields=tuple(form.spelled(path) for path, _ in held),
        what=" ".join(dict.fromkeys(what for what in whats if what)),
        hosts=tuple(dict.fromkeys(_tell_host(one) for one in sent)),
        places=places_of(sent),
        replaces=any(one.replaces for one in sent),
    )


def _tell_host(sent: SentSecret) -> str:
    if sent.host == UNTOLD:
        return "a host that the call does not tell"
    return show_recipient(sent.host)


def _steps(path: FieldPath) -> FieldPath:
    """A path in a body as one in the arguments: without the arm below `source`."""
    steps = [snake_case(step) if isinstance(step, str) else step for step in path]
    if steps[:1] == ["source"]:
        del steps[1:2]
    return tuple(steps)


def _described(spec: SourceSpec, path: FieldPath) -> str:
    node: object = _schema(spec.key)
    for step in path:
        below = node.get("properties", {}) if isinstance(node, Mapping) else {}
        node = below.get(step, {})
    return str(node.get("description", "")) if isinstance(node, Mapping) else ""


@cache
def _schema(key: str) -> JsonObject:
    return full_schema(next(spec.create for spec in SOURCES if spec.key == key))


def _hints(spec: SourceSpec) -> tuple[str, ...]:
    """What the guide of the source says to a person of credentials at the providers."""
    sentences = (
        sentence.strip().lstrip("-0123456789. ")
        for text in written(spec.key).values()
        for line in text.replace("`", "").splitlines()
        for sentence in _SENTENCE_END.split(line)
    )
    return tuple(one for one in sentences if _OF_LOGINS.search(one) and "${" not in one)[
        :_MOST_HINTS
    ]


def other_label(label: str) -> str:
    """The label under which a person is asked for the same again."""
    stem, _, number = label.rpartition("-")
    if not stem or not number.isdigit():
        stem, number = label, "1"
    end = f"-{int(number) + 1}"
    return f"{stem[: LONGEST_LABEL - len(end)]}{end}"
