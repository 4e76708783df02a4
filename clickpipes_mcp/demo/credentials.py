"""What stands behind the references of a conversation: made up for it, and nowhere else."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Final

from clickpipes_mcp.demo.steps import Step

_FILE: Final = re.compile(r"\$\{file:([^${}]+)\}")


def _password() -> str:
    return token_urlsafe(18)


def _connection_string() -> str:
    key = b64encode(token_bytes(64)).decode()
    return (
        f"DefaultEndpointsProtocol=https;AccountName=myaccount;AccountKey={key};"
        "EndpointSuffix=core.windows.net"
    )


def _service_account() -> str:
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "example-project",
            "private_key_id": token_urlsafe(18),
            "client_email": "clickpipes@example-project.iam.gserviceaccount.com",
        }
    )


_FORMS: Final[Mapping[str, Callable[[], str]]] = {
    "connection_string": _connection_string,
    "service_account": _service_account,
    "service-account": _service_account,
}
"""Secrets of a form of their own, by what their file's name holds."""


def write_credentials(
    directory: Path, steps: Iterable[Step], given: Mapping[str, str]
) -> list[str]:
    """Write a file for every `${file:name}` in the arguments of the steps; what stands in them.

    Some secrets are `given`, by the name of their file.
    """
    directory.mkdir(mode=0o700)
    text = json.dumps([dict(step.arguments) for step in steps])
    values = []
    for name in sorted(set(_FILE.findall(text))):
        make = next((form for part, form in _FORMS.items() if part in name), _password)
        values.append(given.get(name) or make())
        with (directory / name).open("x", encoding="utf-8") as file:
            file.write(values[-1])
    return values
