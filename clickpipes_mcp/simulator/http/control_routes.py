"""The simulator's own controls, on loopback and only where enabled."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from clickpipes_mcp.simulator.documents import number
from clickpipes_mcp.simulator.envelope import bad_request
from clickpipes_mcp.simulator.faults import FaultBoard, fault_document, parse_fault
from clickpipes_mcp.simulator.http.certificates import PEM, self_signed
from clickpipes_mcp.simulator.http.requests import body_of
from clickpipes_mcp.simulator.world.organization import World, fall_asleep
from clickpipes_mcp.simulator.world.timeline import timestamp


class ControlRoutes:
    """Handlers over one world and its faults."""

    def __init__(self, world: World, board: FaultBoard) -> None:
        self._world = world
        self._board = board

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/_simulator/faults", self.get_faults, methods=["GET"]),
            Route("/_simulator/faults", self.put_faults, methods=["PUT"]),
            Route("/_simulator/faults", self.clear_faults, methods=["DELETE"]),
            Route("/_simulator/certificate", self.get_certificate, methods=["GET"]),
            Route("/_simulator/clock", self.get_clock, methods=["GET"]),
            Route("/_simulator/clock", self.advance, methods=["POST"]),
        ]

    async def get_faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": [fault_document(one) for one in self._board.current()]})

    async def put_faults(self, request: Request) -> Response:
        given = (await body_of(request)).get("faults")
        if not isinstance(given, list):
            raise bad_request("faults must be an array")
        try:
            faults = tuple(parse_fault(item) for item in given)
        except ValueError as error:
            raise bad_request(str(error)) from error
        self._board.replace(faults)
        if any(fault.kind == "idle_service" for fault in faults):
            fall_asleep(self._world)
        return await self.get_faults(request)

    async def get_certificate(self, _request: Request) -> Response:
        return PlainTextResponse(self_signed().certificate_pem, media_type=PEM)

    async def clear_faults(self, request: Request) -> Response:
        self._board.replace(())
        return await self.get_faults(request)

    async def get_clock(self, _request: Request) -> Response:
        return JSONResponse({"now": timestamp(self._world.now())})

    async def advance(self, request: Request) -> Response:
        self._world.timeline.advance(max(number(await body_of(request), "advance_s", 0), 0))
        self._world.touch()
        return await self.get_clock(request)
