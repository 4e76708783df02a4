"""An event loop of which every connection goes to an address that was judged.

For libraries that learn of hosts while they run, such as brokers and members of a replica set, and
connect to those by themselves.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from clickpipes_mcp.checks.checklist import AddressRefused, Checked


class JudgedLoop(asyncio.SelectorEventLoop):
    """Looks names up with `pin`, and connects to nothing that `pin` did not answer.

    `refused` are the hosts that may not be connected to, with why. To a library they are hosts
    that refuse connections.
    """

    def __init__(self, pin: Callable[[str], str]) -> None:
        super().__init__()
        self._pin = pin
        self._judged: set[str] = set()
        self.refused: dict[str, Checked] = {}

    @override
    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        address = await self._judge(host)
        return socket.getaddrinfo(address, port, family, type, proto, socket.AI_NUMERICHOST)

    @override
    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        # An address that is written in digits is never looked up.
        if not isinstance(address, tuple) or address[0] not in self._judged:
            await self._judge(address[0] if isinstance(address, tuple) else str(address))
        await super().sock_connect(sock, address)

    async def _judge(self, host: str) -> str:
        try:
            address = await self.run_in_executor(None, self._pin, host)
        except AddressRefused as refused:
            self.refused[host] = refused.refusal
            raise ConnectionRefusedError(refused.refusal.evidence) from refused
        self._judged.add(address)
        return address
