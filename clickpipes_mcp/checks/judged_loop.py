"""An event loop of which every connection goes to an address that was judged.

For libraries that learn of hosts while they run, such as brokers and members of a replica set, and
connect to those by themselves.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakSet

from typing_extensions import override

from clickpipes_mcp.checks.checklist import AddressRefused, Checked

_MOST_BYTES: Final = 64 * 1024 * 1024
"""Five topics, each with a record of ten megabytes; what is asked for is far less."""


_LAST_TURNS: Final = 3
"""Of the loop: a transport tells its protocol of the end in one of its own."""


class JudgedLoop(asyncio.SelectorEventLoop):
    """Looks names up with `pin`, and connects to nothing that `pin` did not answer.

    `refused` are the hosts that may not be connected to, with why. To a library they are hosts
    that refuse connections. Of all of them together no more than 64 MB are taken.
    """

    def __init__(self, pin: Callable[[str], str]) -> None:
        super().__init__()
        self._pin = pin
        self._judged: set[str] = set()
        self._taken_bytes = 0
        self._made: WeakSet[asyncio.Transport] = WeakSet()
        self._sockets: list[socket.socket] = []
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
        self._sockets.append(sock)
        await super().sock_connect(sock, address)

    @override
    async def create_connection(self, protocol_factory: Any, *where: Any, **how: Any) -> Any:
        made = await super().create_connection(
            lambda: self._counting(protocol_factory()), *where, **how
        )
        self._made.add(made[0])
        return made

    @override
    def close(self) -> None:
        """Ends what libraries have only begun to end, or let go of when a connection failed."""
        if not self.is_closed():
            for transport in self._made:
                transport.abort()
            for _ in range(_LAST_TURNS):
                self.run_until_complete(asyncio.sleep(0))
            for sock in self._sockets:
                sock.close()
        super().close()

    def _counting(self, protocol: asyncio.BaseProtocol) -> asyncio.BaseProtocol:
        """The protocol, whose connection ends where more arrives than any look reads."""
        is_buffered = isinstance(protocol, asyncio.BufferedProtocol)
        name = "buffer_updated" if is_buffered else "data_received"
        take = getattr(protocol, name)

        def counted(arrived: bytes | int) -> None:
            self._taken_bytes += arrived if isinstance(arrived, int) else len(arrived)
            if self._taken_bytes > _MOST_BYTES:
                raise ConnectionAbortedError("the answer does not end")
            take(arrived)

        setattr(protocol, name, counted)
        return protocol

    async def _judge(self, host: str) -> str:
        try:
            address = await self.run_in_executor(None, self._pin, host)
        except AddressRefused as refused:
            self.refused[host] = refused.refusal
            raise ConnectionRefusedError(refused.refusal.evidence) from refused
        self._judged.add(address)
        return address
