"""The question to a person before a secret goes to a host where it has not been."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from clickpipes_mcp.app import App
from clickpipes_mcp.consent import Consequences, Impact, Operation
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.tools.secret_recipients import (
    Journey,
    SentSecret,
    check_recipients,
    new_journeys,
    show_recipient,
)
from clickpipes_mcp.tools.views import cut

_MOST_KNOWN: Final = 5
_BIND: Final = (
    "Or the operator writes in the file CLICKPIPES_SECRETS_BINDINGS to which hosts the secret may "
    "go; then nobody is asked."
)


def with_journeys(
    app: App, impact: Impact | None, sent: Sequence[SentSecret], tool: str
) -> Impact | None:
    """What a person has to agree to, where secrets go to new hosts too.

    Raises:
        SecretUnavailable: The operator has bound a secret, and not to where it is to go.
    """
    journeys = plan_journeys(app, sent)
    if not journeys:
        return impact
    told = " ".join(map(tell_journey, journeys))
    lost = Consequences(
        tuple(
            f"the secret {quote_unless_plain(one.reference)}, if you do not trust every host that "
            "it is to go to"
            for one in journeys
        ),
        ("the secret at the hosts where it is already known",),
        "A secret that was sent cannot be taken back. If it went to the wrong host, change it.",
    )
    if impact is not None:
        return replace(
            impact,
            detail=f"{impact.detail} {told}".strip(),
            consequences=impact.consequences.joined_with(lost),
        )
    first = journeys[0]
    return Impact(
        operation=Operation.SEND,
        noun="secret",
        service_id="",
        subject_id=first.reference,
        subject_name=first.hosts[0],
        title=f"Send the secret {quote_unless_plain(first.reference)} to {_in_short(first)}",
        kind=f"called by {tool}",
        state="",
        version="",
        consequences=lost,
        detail=told,
        change=repr(journeys),
        simulated=app.settings.environment == "simulator",
        otherwise=_BIND,
    )


def _in_short(journey: Journey) -> str:
    first, *more = journey.hosts
    return f"{show_recipient(first)} and {len(more)} more" if more else show_recipient(first)


def plan_journeys(app: App, sent: Sequence[SentSecret]) -> tuple[Journey, ...]:
    """The secrets that go to new hosts.

    Raises:
        SecretUnavailable: The operator has bound a secret, and not to where it is to go.
    """
    check_recipients(app, sent)
    return new_journeys(app, sent)


def tell_journey(journey: Journey) -> str:
    """Where a secret is to go, and where it has been."""
    known = ", ".join(cut(list(map(show_recipient, journey.known)), _MOST_KNOWN))
    reference = quote_unless_plain(journey.reference)
    return f"The secret {reference} went to {known} so far, and is to go to {_list(journey)}."


def _list(journey: Journey) -> str:
    """All hosts that the secret is to go to: nobody agrees to one they have not seen."""
    return ", ".join(map(show_recipient, journey.hosts))
