"""A secret of every kind, whose value is recognised wherever it shows, and calls that send it."""

import base64
import copy
import json
from dataclasses import dataclass
from typing import Any

from clickpipes_mcp.sources import SOURCES
from tests.tools.secret_ways import CREDENTIALS

CANARY = "QuietCanaryA" + "UxQ7" * 12
"""Letters that base64 has too, so that it may stand in a key."""


def _pem(kind: str, text: str) -> str:
    """A PEM in whose base64 this text stands, of a multiple of four letters."""
    octets = (b"\x30\x81\x80" + base64.b64decode(text)).ljust(131, b"\0")
    return f"-----BEGIN {kind}-----\n{base64.b64encode(octets).decode()}\n-----END {kind}-----\n"


@dataclass(frozen=True)
class Kind:
    """A kind of secret: an example of it, and what of it is looked for, however it is written."""

    value: str

    @property
    def signs(self) -> tuple[str, ...]:
        encoded = base64.b64encode(self.value.strip().encode()).decode()
        middle = len(encoded) // 2
        return (CANARY[:24], encoded[middle - 16 : middle + 16])


PRIVATE_KEY = _pem("PRIVATE KEY", CANARY)
KINDS = {
    "password": Kind(f"p%{CANARY}"),
    "hub": Kind(f"Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey={CANARY}"),
    "storage": Kind(f"AccountName=invented;AccountKey={CANARY}"),
    "key file": Kind(
        json.dumps({"type": "service_account", "client_email": "a@b.c", "private_key": PRIVATE_KEY})
    ),
    "private key": Kind(PRIVATE_KEY),
}


@dataclass(frozen=True)
class Sending:
    """A call that sends a secret; `{secret}` stands in the place of its reference."""

    name: str
    tool: str
    kind: str
    source: dict[str, Any]
    key: str

    def __str__(self) -> str:
        return self.name

    @property
    def is_update(self) -> bool:
        return self.tool == "update_clickpipe"

    def arguments(self, reference: str, name: str) -> dict[str, Any]:
        source = json.loads(json.dumps(self.source).replace("{secret}", reference))
        if self.is_update:
            return {"source": source}
        if self.tool == "discover_source_schema":
            return {"kind": self.key, "source": source}
        example = next(
            copy.deepcopy(dict(spec.example)) for spec in SOURCES if spec.key == self.key
        )
        return example | {"name": name, "source": source}


def _kind_of(key: str, login: dict[str, Any]) -> str:
    text = json.dumps(login)
    if "connection_string" in text:
        return "hub" if key == "kafka" else "storage"
    if "service_account" in text:
        return "key file"
    return "private key" if "private_key" in text else "password"


_KAFKA: dict[str, dict[str, Any]] = {
    "iam": {
        "type": "msk",
        "authentication": "IAM_USER",
        "credentials": {"access_key_id": "an invented id", "secret_key": "{secret}"},
    },
    "hub": {
        "type": "azureeventhub",
        "authentication": "PLAIN",
        "credentials": {"connection_string": "{secret}"},
    },
    "tls": {
        "authentication": "MUTUAL_TLS",
        "credentials": {
            "certificate": _pem("CERTIFICATE", "AAAA" * 12),
            "private_key": "{secret}",
        },
    },
    "registry": {
        "credentials": {"username": "reader", "password": "{secret}"},
        "format": "AvroConfluent",
        "schema_registry": {
            "url": "https://registry.example.com",
            "authentication": "PLAIN",
            "credentials": {"username": "reader", "password": "{secret}"},
        },
    },
}


def _sendings() -> list[Sending]:
    found = []
    for spec in SOURCES:
        login = CREDENTIALS[spec.key]
        kind = _kind_of(spec.key, login)
        source = {**spec.example["source"], **login}
        if "access_key" in source:
            source.pop("iam_role", None)
        found.append(
            Sending(f"create {spec.key}", f"create_{spec.key}_clickpipe", kind, source, spec.key)
        )
        if spec.discoverable:
            name = f"discover {spec.key}"
            found.append(Sending(name, "discover_source_schema", kind, source, spec.key))
        if spec.update is not None:
            name = f"update {spec.key}"
            found.append(Sending(name, "update_clickpipe", kind, login, spec.key))
    kafka = next(spec for spec in SOURCES if spec.key == "kafka")
    found += [
        Sending(
            f"create kafka {name}",
            "create_kafka_clickpipe",
            _kind_of("kafka", login),
            {**kafka.example["source"], **login},
            "kafka",
        )
        for name, login in _KAFKA.items()
    ]
    return found


SENDINGS = _sendings()
