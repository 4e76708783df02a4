"""Instructions speak of what the server offers, and of nothing else."""

import pytest

from clickpipes_mcp.instructions import ALONE, instructions
from clickpipes_mcp.server import offered_tools
from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.tools import TOOLS

KEY = {"key_id": "example-key", "key_secret": "example-key-secret"}


def told(**chosen: object) -> str:
    settings = load_settings({}, **chosen)
    return instructions(settings, {tool.name for tool in offered_tools(settings)})


def test_the_simulator_is_told_first() -> None:
    assert told().startswith("ENVIRONMENT: SIMULATOR.")


@pytest.mark.parametrize(
    "chosen",
    [{}, KEY, {"consent": "chat"}, {"consent": "dangerously-off"}, {"read_only": True}],
    ids=str,
)
def test_what_has_to_be_known_first_stands_alone(chosen) -> None:
    text = told(**chosen)

    first = text[:ALONE].rpartition(".\n")[0]
    assert "diagnose_clickpipe first" in first
    assert "ingestion pipes of ClickHouse Cloud" in first
    assert ("Never ask for a secret in the chat" in first) is not chosen.get("read_only", False)
    assert ("removing tables" in first) is not chosen.get("read_only", False)
    assert ("SIMULATOR" in first) is ("key_id" not in chosen)


def test_the_real_api_is_not_called_a_simulator() -> None:
    assert "simulator" not in told(**KEY).lower()


def test_a_read_only_server_says_so_and_not_how_to_create() -> None:
    text = told(read_only=True)

    assert "read-only" in text
    assert "dry_run" not in text
    assert "Secrets" not in text


def test_a_server_without_destructive_tools_does_not_speak_of_consent() -> None:
    assert "refusal" not in told(toolsets=("tuning",))


def test_a_pinned_service_is_told() -> None:
    assert "pinned" in told(service_id=DEFAULT_SERVICE_ID)
    assert "pinned" not in told()


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"read_only": True},
        {"allow": "write"},
        {"protected": ("prod-*",), "own_only": True},
        {"toolsets": ("pipes",)},
        {"toolsets": ("create",)},
        {"toolsets": ("tuning",)},
        {"toolsets": ("insight",)},
        {"service_id": DEFAULT_SERVICE_ID},
    ],
    ids=str,
)
def test_no_tool_is_mentioned_that_is_not_offered(chosen) -> None:
    text = told(**chosen)
    offered = {tool.name for tool in offered_tools(load_settings({}, **chosen))}

    mentioned = {tool.name for tool in TOOLS if tool.name in text}

    assert mentioned <= offered


def test_consent_is_told_as_it_is() -> None:
    assert "the answer holds a link: show it, never open it" in told(consent="ask")
    assert "confirmation_token" in told(consent="chat")
    assert "ask the person through the client" not in told(consent="dangerously-off")


def test_the_level_in_force_and_the_fences_are_told() -> None:
    text = told(allow="write")
    assert "create and change pipes, and not stop" in text
    assert "refusal" not in text
    assert "protected by the operator" in told(protected=("prod-*",))
    assert "Only what this server created" in told(own_only=True)
    assert "protected" not in told()


def test_of_several_connections_only_what_holds_for_all_is_said_of_all() -> None:
    real = load_settings({}, **KEY, allow="read")
    free = load_settings({}, consent="dangerously-off", protected="prod-*")
    tools = {tool.name for tool in TOOLS}

    text = instructions(real, tools, [real, free])

    assert "SIMULATOR" not in text
    assert "read-only" not in text
    assert "protected" not in text
    assert "switched the question off" in text
    asking = load_settings({}, **KEY)
    both = instructions(asking, tools, [asking, free])
    assert both.count("Through ") == 3
