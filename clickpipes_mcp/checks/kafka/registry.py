"""Asks a schema registry of the subject of a topic's values.

Source: Confluent's documentation, Schema Registry API reference.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import JsonValue

from clickpipes_mcp.checks.checklist import Place, part_of, text_of
from clickpipes_mcp.checks.kafka.facts import Registry
from clickpipes_mcp.checks.pinned_http import pinned_client

_MISSING, _LOGIN = 404, (401, 403)
_SUBJECTS: Final = "subjects/"


def read_registry(place: Place, url: str, topic: str) -> Registry:
    """The schema that the URL names, or the latest of the subject that the topic usually has."""
    registry = part_of(place.configuration, "schemaRegistry")
    credentials = part_of(registry, "credentials")
    parts = urlsplit(url)
    subject, path = _named(parts.path.strip("/"), topic)
    login = (text_of(credentials, "username"), text_of(credentials, "password"))
    root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    try:
        with pinned_client(place, certificate=text_of(registry, "caCertificate")) as client:
            latest = client.get(f"{root}/{path}", auth=login)
            if not latest.is_success:
                return _refused(subject, latest.status_code)
            is_subject = path.startswith(_SUBJECTS)
            compatibility = _compatibility(client, root, subject, login) if is_subject else ""
    except httpx2.HTTPError as error:
        return Registry(subject, problem=str(error) or type(error).__name__)
    schema = _document(latest)
    if not text_of(schema, "schema"):
        return Registry(subject, problem="it answered no schema")
    return Registry(
        subject,
        kind=text_of(schema, "schemaType") or "AVRO",
        definition=text_of(schema, "schema"),
        compatibility=compatibility,
    )


def _compatibility(client: httpx2.Client, root: str, subject: str, login: tuple[str, str]) -> str:
    """What the next schema of a subject is held to; empty where nobody tells."""
    place = f"{root}/config/{quote(subject, safe='')}"
    try:
        answer = client.get(place, params={"defaultToGlobal": "true"}, auth=login)
    except httpx2.HTTPError:
        return ""
    return text_of(_document(answer), "compatibilityLevel")


def _named(path: str, topic: str) -> tuple[str, str]:
    """What a URL of the forms that the API takes names, and where it is read."""
    match path.split("/"):
        case ["schemas", "ids", number]:
            return f"schema {number}", f"schemas/ids/{number}"
        case ["subjects", subject, "versions", version]:
            return subject, f"subjects/{subject}/versions/{version}"
        case ["subjects", subject, *_]:
            return subject, f"subjects/{subject}/versions/latest"
    return f"{topic}-value", f"subjects/{quote(topic, safe='')}-value/versions/latest"


def _refused(subject: str, status: int) -> Registry:
    return Registry(
        subject,
        problem=f"it answered {status}",
        is_login_refused=status in _LOGIN,
        is_missing=status == _MISSING,
    )


def _document(answer: httpx2.Response) -> Mapping[str, JsonValue]:
    try:
        document = answer.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
