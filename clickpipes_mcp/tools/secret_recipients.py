"""Which secrets a request sends to which hosts, and which of them are new there.

Every tool that sends a secret of a source asks here, and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic.alias_generators import to_camel

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import show_word
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.host_names import are_of_one_cluster, host_name
from clickpipes_mcp.quotation import quote_unless_plain
from clickpipes_mcp.redaction import ALTERED, clean
from clickpipes_mcp.secret_history import distinct
from clickpipes_mcp.secret_keyring import places_kept_for
from clickpipes_mcp.secret_refs import ASK, SendableBody, secrets_in
from clickpipes_mcp.source_facts import Recipient
from clickpipes_mcp.sources import source_of
from clickpipes_mcp.ssh_keys import PIPE_FIELD

UNTOLD: Final = "unknown"
"""In the place of a host that cannot be told from the configuration."""

MOST_RECIPIENTS: Final = 50
"""Hosts that a person can look at before a secret goes to them."""

_LONGEST_HOST: Final = 300
"""More than a name of the DNS has, and what may stand before one."""

_BASTION: Final = "ssh-key:"
_SHOWN: Final = 120
_TUNNEL: Final = to_camel(PIPE_FIELD)


@dataclass(frozen=True)
class SentSecret:
    """A secret, by its reference, on its way to a host for a kind of source.

    `is_tunnel` where the host is the bastion of an SSH key, which decides where a name leads;
    `replaces` where a pipe has another one there now.
    """

    reference: str
    host: str
    kind: str
    is_member: bool = False
    is_tunnel: bool = False
    replaces: bool = False


@dataclass(frozen=True)
class Journey:
    """A secret that is to go to hosts where it has not been, and those where it has."""

    reference: str
    hosts: tuple[str, ...]
    known: tuple[str, ...]


def sent_secrets(
    body: Mapping[str, SendableBody], before: Mapping[str, object] | None = None
) -> tuple[SentSecret, ...]:
    """The references in the source of a request; `before` is what its pipe is set up as now.

    Without `before` there is no such pipe yet.
    """
    source = body.get("source")
    arms = source.items() if isinstance(source, dict) else ()
    found = (
        sent
        for arm, given in arms
        if isinstance(given, dict)
        for sent in _of_arm(arm, given, {**(before or {}), **given})
    )
    return tuple(replace(one, replaces=before is not None) for one in dict.fromkeys(found))


def _of_arm(
    arm: str, given: Mapping[str, SendableBody], configuration: Mapping[str, object]
) -> Iterator[SentSecret]:
    kind = configuration.get("type")
    spec = source_of(arm, kind if isinstance(kind, str) else None)
    recipients = spec.recipients_of(configuration) if spec else ()
    tunnel = configuration.get(_TUNNEL)
    for place, secret in secrets_in(dict(given)):
        if secret.reference is None:
            continue
        for one in _of_field(recipients, str(place[0])):
            host = show_word(host_name(one.host))
            yield SentSecret(secret.reference, host, _key(spec), one.is_member)
        if isinstance(tunnel, str):
            bastion = show_word(f"{_BASTION}{host_name(tunnel)}")
            yield SentSecret(secret.reference, bastion, _key(spec), is_tunnel=True)


def _of_field(recipients: Iterable[Recipient], field: str) -> list[Recipient]:
    own = [one for one in recipients if one.field == field]
    common = [one for one in recipients if not one.field]
    return own or common or [Recipient(UNTOLD)]


def _key(spec: SourceSpec | None) -> str:
    return spec.key if spec else ""


def show_recipient(host: str) -> str:
    """A host as a person is shown it: never cut, or said not to be whole."""
    key = host.removeprefix(_BASTION)
    told = "the bastion of the SSH key " if key != host else ""
    shown = f"{told}{quote_unless_plain(key, _LONGEST_HOST)}"
    is_whole = not host.endswith(ALTERED) and len(host) < _LONGEST_HOST
    return shown if is_whole else f"{shown}, which is not shown in full"


def check_recipients(app: App, sent: Sequence[SentSecret]) -> None:
    """Refuse what the operator has not let go there, and more hosts than a person can look at.

    Raises:
        SecretUnavailable: A reference is bound, and not to this host and kind of source; or it
            goes to too many hosts.
    """
    for reference in dict.fromkeys(one.reference for one in sent):
        count = len({one.host for one in sent if one.reference == reference})
        if count > MOST_RECIPIENTS:
            raise SecretUnavailable(
                f"${{{clean(reference, limit=_SHOWN)}}} would go to {count} hosts, more than the "
                f"{MOST_RECIPIENTS} that a person can look at. Nothing was sent.",
                fix="Name fewer hosts: the brokers to begin with tell of the others.",
            )
    for one in sent:
        binding = None if one.is_tunnel else app.bindings.of(one.reference)
        if binding is not None and not binding.allows(one.host, one.kind):
            reference = clean(one.reference, limit=_SHOWN)
            raise SecretUnavailable(
                f"${{{reference}}} may not go to {one.host} for a {one.kind} source. Nothing was "
                "sent.",
                fix="Tell the person. The operator says in the file CLICKPIPES_SECRETS_BINDINGS "
                "where it may go.",
            )


def new_journeys(app: App, sent: Iterable[SentSecret]) -> tuple[Journey, ...]:
    """What goes to a host where it has not been, though it has been somewhere else.

    What the operator has bound is settled but for a tunnel, and so is another broker of the same
    cluster. A secret that a person is asked for is given for the hosts that the form names, and so
    is what is kept of it in the keyring.
    """
    by_reference: dict[str, list[SentSecret]] = {}
    for one in sent:
        if one.reference.startswith(ASK):
            continue
        if one.is_tunnel or app.bindings.of(one.reference) is None:
            by_reference.setdefault(one.reference, []).append(one)
    found = []
    for reference, ways in by_reference.items():
        known = app.journal.hosts_of(reference) | _kept_for(reference)
        new = [way.host for way in ways if known and not _is_known(way, known)]
        if new:
            hosts = tuple(dict.fromkeys(new))
            found.append(Journey(distinct(reference), hosts, tuple(sorted(known))))
    return tuple(found)


def _kept_for(reference: str) -> frozenset[str]:
    """The hosts for which a person let this server keep a secret in the keyring."""
    kind, _, name = reference.partition(":")
    places = places_kept_for(name) if kind == "keyring" else ()
    return frozenset(place.partition(" ")[2] for place in places)


def _is_known(way: SentSecret, known: frozenset[str]) -> bool:
    if way.host == UNTOLD or way.host.endswith(ALTERED):
        return False
    return way.host in known or (
        way.is_member and any(are_of_one_cluster(way.host, host) for host in known)
    )
