"""SSH keys for tests: the bodies of some, and one made by somebody else."""

from typing import Any

from tests.serving import PIPES, Served

KEYS = f"{PIPES}SshKeyResources"
ON = {"toolsets": ("network", "create", "pipes", "insight")}
BASTION = {
    "name": "orders bastion",
    "host": "bastion.example.com",
    "port": 22,
    "username": "clickpipes",
}


async def key(served: Served, *, active: bool = False, **changes: Any) -> dict[str, Any]:
    """A key made by somebody else, who also had it validated where it is to be active."""
    made: dict[str, Any] = await served.plane.by_somebody_else("POST", KEYS, BASTION | changes)
    if active:
        path = f"{KEYS}/{made['id']}/validate"
        made = await served.plane.by_somebody_else("POST", path, {})
    return made


def writes(served: Served) -> list[tuple[str, str, Any]]:
    """What arrived to change something."""
    return [(one.method, one.path, one.body) for one in served.plane.writes]
