"""What the front answers is what the server answers, octet for octet."""

import pytest

from clickpipes_mcp.front import Answers, Conversation, is_suitable
from clickpipes_mcp.front.messages import DISCOVER, HANDSHAKE_VERSIONS, LISTS
from clickpipes_mcp.front.suitability import LEFT_TO_THE_SERVER
from clickpipes_mcp.panels import APP_MIME_TYPE, EXTENSION
from clickpipes_mcp.settings import TOOLSETS, Settings
from tests.faults.processes import MODERN
from tests.wire import chosen, line, made, written

pytestmark = pytest.mark.anyio

KEY = {"CLICKPIPES_KEY_ID": "example-access-key", "CLICKPIPES_KEY_SECRET": "example-access-secret"}
SERVICE = "b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002"
CONNECTIONS = """
default = "staging"
[staging]
key_id = "example-access-key"
key_secret = "env:STAGING_SECRET"
[production]
simulator = true
allow = "read"
protected = ["prod-*"]
"""

CHANGING_NOTHING = {
    **KEY,
    "CLICKPIPES_API_DIALECT": "reference-page",
    "CLICKPIPES_API_URL": "http://127.0.0.1:9",
    "CLICKPIPES_ASK_FOR": "costs",
    "CLICKPIPES_CONNECTIONS": "off",
    "CLICKPIPES_JOURNAL": "off",
    "CLICKPIPES_JOURNAL_KEPT": "2",
    "CLICKPIPES_JOURNAL_MAX_MB": "2",
    "CLICKPIPES_LITERAL_SECRETS": "refuse",
    "CLICKPIPES_LOG_LEVEL": "error",
    "CLICKPIPES_OPEN_BROWSER": "false",
    "CLICKPIPES_ORGANIZATION_ID": SERVICE,
    "CLICKPIPES_PROBE_PRIVATE": "true",
    "CLICKPIPES_QUERY_KEY_ID": "example-query-key",
    "CLICKPIPES_QUERY_KEY_SECRET": "example-query-secret",
    "CLICKPIPES_QUERY_URL": "http://127.0.0.1:9",
    "CLICKPIPES_READ_TIMEOUT_S": "9",
    "CLICKPIPES_SECRETS_DIR": "/",
    "CLICKPIPES_SIMULATOR": "false",
    "CLICKPIPES_SIMULATOR_SEED": "2",
    "CLICKPIPES_SIMULATOR_SPEED": "2",
    "CLICKPIPES_WAKE_SERVICE": "true",
    "CLICKPIPES_WRITE_TIMEOUT_S": "9",
}
ANSWERED = {
    "nothing": {},
    "all that changes nothing": CHANGING_NOTHING,
    "all toolsets": {"CLICKPIPES_TOOLSETS": ",".join(TOOLSETS), **KEY},
    "few toolsets": {"CLICKPIPES_TOOLSETS": "pipes,tuning"},
    "read-only": {"CLICKPIPES_READ_ONLY": "true"},
    "looking at sources": {
        "CLICKPIPES_ALLOW": "read",
        "CLICKPIPES_READ_ONLY_DISCOVERY": "true",
    },
    "no looking": {"CLICKPIPES_CHECKS": "off", "CLICKPIPES_ALLOW": "write"},
    "a service": {"CLICKPIPES_SERVICE_ID": SERVICE, "CLICKPIPES_TOOLSETS": ",".join(TOOLSETS)},
    "fences": {"CLICKPIPES_PROTECTED": "prod-*", "CLICKPIPES_OWN_ONLY": "true"},
    "no consent": {"CLICKPIPES_CONSENT": "dangerously-off"},
    "connections": {
        "CLICKPIPES_CONNECTIONS": "HERE",
        "CLICKPIPES_CONNECTION": "production",
        "STAGING_SECRET": "example-access-secret",
    },
}
LEFT = {
    "consent in the chat": {"CLICKPIPES_CONSENT": "chat"},
    "sources": {"CLICKPIPES_SOURCES": "kafka"},
    "a scenario": {"CLICKPIPES_SIMULATOR_SCENARIO": "no such"},
    "the PIN": {"CLICKPIPES_APPROVAL": "pin"},
    "HTTP": {"CLICKPIPES_HTTP": "0"},
}
CLIENTS = {
    "least": ({}, {"name": "a client", "version": "1"}),
    "panels": (
        {"extensions": {EXTENSION: {"mimeTypes": [APP_MIME_TYPE]}}},
        {"name": "a client", "version": "1"},
    ),
    "most": (
        {
            "roots": {"listChanged": True},
            "sampling": {"context": {}, "tools": {}},
            "elicitation": {"form": {}, "url": {}},
            "experimental": {"a": {"b": [1, None, "c"]}},
            "extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html"]}},
        },
        {
            "name": "Ä",
            "version": "",
            "title": "t",
            "description": "d",
            "websiteUrl": "https://a.example",
            "icons": [{"src": "https://a.example", "mimeType": "image/png", "sizes": ["9x9"]}],
        },
    ),
}


def older(client: str, version: str) -> list[bytes]:
    """What a client of the older protocol begins with."""
    capabilities, info = CLIENTS[client]
    hands = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": info}
    spelt = [None, {}, {"_meta": {}}, {"_meta": {"progressToken": 7}}]
    return [
        line("initialize", 0, hands),
        line("ping", "a-1"),
        line("notifications/initialized"),
        *(line(method, n, spelt[n % 4]) for n, method in enumerate(LISTS, 1)),
        line("ping", -5, {}),
    ]


def newer(client: str) -> list[bytes]:
    """The same in the newer one."""
    capabilities, info = CLIENTS[client]
    prefix = "io.modelcontextprotocol/"
    meta = {**MODERN, f"{prefix}clientCapabilities": capabilities, f"{prefix}clientInfo": info}
    return [line(method, n, {"_meta": meta}) for n, method in enumerate((DISCOVER, *LISTS))]


def openings() -> list[list[bytes]]:
    """One of each kind of client in every protocol."""
    return [*(older("least", version) for version in HANDSHAKE_VERSIONS), newer("least")]


async def test_an_answer_is_the_servers_under_all_settings_in_both_protocols(tmp_path) -> None:
    file = tmp_path / "connections.toml"
    file.write_text(CONNECTIONS, encoding="utf-8")
    different = []
    for name, given in ANSWERED.items():
        environ = {key: str(file) if value == "HERE" else value for key, value in given.items()}
        settings, others = chosen(environ)
        assert is_suitable(settings, others), name
        said = [older("least", HANDSHAKE_VERSIONS[-1]), newer("least")]
        if name == "nothing":
            said = [
                *openings(),
                *(older(client, HANDSHAKE_VERSIONS[0]) for client in ("most", "panels")),
                *(newer(client) for client in ("most", "panels")),
            ]
        for lines in said:
            front = Conversation(Answers(settings, others))
            told = [front.answer(one) for one in lines]
            assert None not in told, (name, lines[told.index(None)])
            whole = await written(made(environ), lines, answers=len([one for one in told if one]))
            different += [
                (name, one[:60])
                for one, other in zip(filter(None, told), whole, strict=True)
                if one != other
            ]

    assert different == []


def test_every_setting_is_left_to_the_server_or_was_tried() -> None:
    tried = {name for given in ANSWERED.values() for name in chosen_fields(given)}

    assert tried | LEFT_TO_THE_SERVER == set(Settings.model_fields)
    assert not tried & LEFT_TO_THE_SERVER


def chosen_fields(environ: dict[str, str]) -> set[str]:
    """The settings that variables decide."""
    return {name.removeprefix("CLICKPIPES_").lower() for name in environ} & set(
        Settings.model_fields
    )


@pytest.mark.parametrize("environ", LEFT.values(), ids=LEFT)
def test_where_files_do_not_tell_the_front_stands_aside(environ) -> None:
    assert not is_suitable(*chosen(environ))


def test_without_its_files_the_front_stands_aside(tmp_path, monkeypatch) -> None:
    from clickpipes_mcp import listed_tools

    monkeypatch.setattr(listed_tools, "LISTED", tmp_path / "listed.json")
    listed_tools.listed.cache_clear()
    try:
        assert not is_suitable(*chosen({}))
    finally:
        listed_tools.listed.cache_clear()
