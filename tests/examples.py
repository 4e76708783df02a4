"""A body of every source as it is sent, and the secrets that the examples of sources refer to."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.secret_resolver import SecretResolver
from clickpipes_mcp.sources import SOURCES, source_of
from tests.serving import REFERENCE_BODIES

REFERENCE = re.compile(r"\$\{(env|file):([^}]*)\}")
_REFERRED = set(REFERENCE.findall(json.dumps([spec.example for spec in SOURCES])))
ACCOUNT = json.dumps({"type": "service_account"})


def put_secrets(monkeypatch: pytest.MonkeyPatch, directory: Path, text: str = ACCOUNT) -> None:
    """Make every reference of the examples lead to this text."""
    for kind, name in _REFERRED:
        if kind == "env":
            monkeypatch.setenv(name, text)
        else:
            (directory / name).write_text(text)


def revealed(value: object) -> object:
    """A body with the secrets that are written out in it."""
    if isinstance(value, Secret):
        return value.reveal(SecretResolver())
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def _key_of(body: dict[str, Any]) -> str:
    ((arm, source),) = body["source"].items()
    spec = source_of(arm, source.get("type"))
    assert spec, arm
    return spec.key


def _sent(spec: SourceSpec) -> dict[str, Any]:
    """The example of a source under the names of the API, its secrets written out."""
    example = json.loads(REFERENCE.sub("an invented secret", json.dumps(dict(spec.example))))
    body = revealed(spec.create.model_validate(example).body())
    assert isinstance(body, dict)
    return body | {"source": {spec.arm: body["source"]}}


DOCUMENTED = {_key_of(body): body for body in REFERENCE_BODIES}
"""The bodies of the reference page, by the key of the source."""

BODY_OF = {spec.key: DOCUMENTED.get(spec.key) or _sent(spec) for spec in SOURCES}
