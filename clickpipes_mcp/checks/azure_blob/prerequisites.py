"""What ClickPipes needs of a container, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/object-storage/azure-blob-storage; and the
reference of the Blob service, error codes and shared access signatures.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias

from clickpipes_mcp.checks.azure_blob.facts import Facts, Refusal
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed

SOON: Final = timedelta(days=30)
_MISSING: Final = ("ContainerNotFound", "ContainerBeingDeleted", "ResourceNotFound")
_LOGIN_REFUSED: Final = ("AuthenticationFailed", "InvalidAuthenticationInfo")
_NO_KEYS: Final = "KeyBasedAuthenticationNotPermitted"
_RIGHT_LACKS: Final = (
    "AuthorizationPermissionMismatch",
    "AuthorizationResourceTypeMismatch",
    "AuthorizationServiceMismatch",
)
_NETWORK: Final = ("AuthorizationFailure", "AuthorizationSourceIPMismatch")
"""What Azure answers to whoever its firewall, or the range in a SAS, keeps out."""

_NEW_SAS: Final = "Create a SAS of the container with Read and List, and a later end."

Judge: TypeAlias = Callable[[Facts], Judged]


def _login(facts: Facts) -> Judged:
    refused = facts.listing_refused
    if refused is None or refused.code in (*_MISSING, *_RIGHT_LACKS):
        return f"The account {facts.account.name} lets the connection string in."
    if _is_out_of_time(facts):
        return None
    if refused.code in _LOGIN_REFUSED:
        return Flaw(
            "Azure refuses the key or the signature.",
            "Copy the connection string anew: the key may have been rotated.",
        )
    if refused.code == _NO_KEYS:
        return Flaw(
            "The account does not let anybody in by its keys, nor by what they sign.",
            "Allow storage account key access in the configuration of the account: ClickPipes "
            "logs in with a key or a SAS alone.",
        )
    if refused.code in _NETWORK:
        return Unseen(
            "Azure does not let this machine in: a firewall of the account, or a range in the SAS.",
            "Let this machine in to look from here. ClickPipes and the service have addresses of "
            "their own.",
        )
    return Unseen(f"Azure answered {_told(refused)}.", "Look again in a while.")


def _told(refused: Refusal) -> str:
    return f"{refused.status} {refused.code}".strip()


def _is_out_of_time(facts: Facts) -> bool:
    sas = facts.account.signature
    return sas is not None and bool(
        (sas.ends and sas.ends <= facts.now) or (sas.starts and sas.starts > facts.now)
    )


def _sas_time(facts: Facts) -> Judged:
    sas = facts.account.signature
    if sas is None or not (sas.ends or sas.starts):
        return None
    if _is_out_of_time(facts):
        when = "begins only later" if sas.ends and sas.ends > facts.now else "has ended"
        return Flaw(f"The SAS {when}.", _NEW_SAS)
    return f"The SAS ends on {sas.ends:%Y-%m-%d}." if sas.ends else "The SAS has begun."


def _sas_rights(facts: Facts) -> Judged:
    sas = facts.account.signature
    if sas is None or sas.has_policy:
        return None
    lacking = [name for letter, name in _RIGHTS.items() if letter not in sas.rights]
    if lacking:
        return Flaw(f"The SAS does not allow {listed(lacking)}.", _NEW_SAS)
    is_of_account = bool(sas.services or sas.resource_types)
    if is_of_account and not ("b" in sas.services and set("co") <= set(sas.resource_types)):
        return Flaw(
            "The SAS is of the account, and not of its blobs with containers and objects.",
            "Create it with the service Blob and the resource types Container and Object.",
        )
    return "The SAS allows Read and List."


_RIGHTS: Final[Mapping[str, str]] = {"r": "Read", "l": "List"}


def _sas_addresses(facts: Facts) -> Judged:
    sas = facts.account.signature
    if sas is None or not sas.addresses:
        return None
    return Flaw(
        "The SAS is bound to addresses, and several of ClickPipes and of the service read.",
        "Create a SAS without a range of addresses.",
    )


def _container(facts: Facts) -> Judged:
    refused = facts.listing_refused
    if refused is None:
        return f"The container {facts.container} is there."
    if refused.code not in _MISSING:
        return None
    return Flaw(
        f"There is no container {facts.container} in the account {facts.account.name}.",
        "Correct azure_container_name.",
    )


def _list_right(facts: Facts) -> Judged:
    refused = facts.listing_refused
    if refused is None:
        return "The files can be listed."
    if refused.code not in _RIGHT_LACKS or isinstance(_sas_rights(facts), Flaw):
        return None
    return Flaw(f"The files cannot be listed: {_told(refused)}.", _NEW_SAS)


def _read_right(facts: Facts) -> Judged:
    if facts.was_read:
        return "A file can be read."
    if facts.reading_refused is None or isinstance(_sas_rights(facts), Flaw):
        return None
    return Flaw(f"A file cannot be read: {_told(facts.reading_refused)}.", _NEW_SAS)


def _access_tier(facts: Facts) -> Judged:
    if not facts.archived:
        return None
    return Flaw(
        f"{listed(facts.archived)}: in the archive, from where nothing is read.",
        "Move them to a tier that is online, or leave them out of the path.",
    )


JUDGES: Final[Mapping[str, Judge]] = {
    "login": _login,
    "sas-time": _sas_time,
    "sas-rights": _sas_rights,
    "sas-addresses": _sas_addresses,
    "container": _container,
    "list-right": _list_right,
    "read-right": _read_right,
    "access-tier": _access_tier,
}
"""By the id of the prerequisite, in the order in which a person would look."""
