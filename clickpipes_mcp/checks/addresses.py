"""Which addresses a look at a source may connect to, and which address each host has."""

import re
import socket
from typing import Final

import anyio

from clickpipes_mcp.checks.checklist import AddressRefused, Checked, Outcome
from clickpipes_mcp.ip_ranges import is_of_own_network, is_public

REACHED: Final = "reachable"
"""The prerequisite that is told of where nothing may be connected to, or nobody answers."""

_LOOK_UP_S: Final = 4.0
_MOST_HOSTS: Final = 100
_HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?|[0-9A-Fa-f:.]{2,45}")


class JudgedAddresses:
    """Judges each host once, and stays with what it found: another lookup could answer another."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._found: dict[str, str | AddressRefused] = {}
        self._one_at_a_time = anyio.Lock()

    async def address(self, host: str) -> str:
        """The address of a host that may be connected to.

        Raises:
            AddressRefused: It has none, or one that the operator does not allow.
        """
        async with self._one_at_a_time:
            if host not in self._found:
                self._found[host] = await self._judge(host)
        found = self._found[host]
        if isinstance(found, AddressRefused):
            raise AddressRefused(found.refusal)
        return found

    async def _judge(self, host: str) -> str | AddressRefused:
        if len(self._found) >= _MOST_HOSTS:
            return _refused(f"More than {_MOST_HOSTS} hosts were named.", "Look at fewer.")
        return await _judge(host, allow_private=self._allow_private)


async def _judge(host: str, *, allow_private: bool) -> str | AddressRefused:
    """The address to connect to, or why none is."""
    found: list[str] = []
    if _HOST.fullmatch(host):
        try:
            with anyio.move_on_after(_LOOK_UP_S):
                items = await anyio.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                found = list(dict.fromkeys(str(item[4][0]) for item in items))
        except OSError:
            found = []
    if not found:
        return _refused(f"{host} has no address that this machine knows.", "Correct the host.")
    if all(is_public(one) for one in found):
        return found[0]
    if not all(is_public(one) or is_of_own_network(one) for one in found):
        return _refused(
            f"{host} has an address that is never connected to: of metadata services, link-local "
            "or reserved.",
            "Correct the host.",
        )
    if not allow_private:
        return _refused(
            f"{host} has an address of a private network.",
            "The operator sets CLICKPIPES_CHECKS=private where such addresses may be looked at.",
        )
    return found[0]


def _refused(evidence: str, mend: str) -> AddressRefused:
    return AddressRefused(Checked(REACHED, Outcome.UNSEEN, evidence, mend))
