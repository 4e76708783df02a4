"""Conversations a person can start by name: set up, troubleshoot, review."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated

from mcp import MCPError
from mcp.server.mcpserver.prompts.base import Prompt
from mcp_types import INVALID_PARAMS
from pydantic import Field

from clickpipes_mcp.offering import CONNECTION
from clickpipes_mcp.redaction import clean
from clickpipes_mcp.sources import SOURCE_KEYS

_LONGEST_WORDS = 500
_KEYS = ", ".join(SOURCE_KEYS)

SourceName = Annotated[str, Field(description=f"Kind of source: {_KEYS}.")]
PipeName = Annotated[str, Field(description="Id or exact name of the ClickPipe.")]
Goal = Annotated[str, Field(description="What should arrive where, in your own words.")]
ConnectionName = Annotated[str, Field(description="Connection to act through.")]
Symptom = Annotated[str, Field(description="What you see, or the error as the console shows it.")]


@dataclass(frozen=True)
class PromptSpec:
    """A prompt; it is offered where the tools it leads to are."""

    name: str
    title: str
    description: str
    write: Callable[..., str]
    needs: frozenset[str] = field(default_factory=frozenset)


def set_up(source: SourceName, goal: Goal = "", connection: ConnectionName = "") -> str:
    """From a kind of source to a running pipe."""
    return _lines(
        f"Help me set up a ClickPipe that reads from {clean(source, limit=40)}.",
        _quoted("What I want", goal),
        _through(connection),
        "1. Call get_source_guide for the source: read prerequisites first, then network. Tell me "
        "what I have to run or allow at the source, with the exact statements.",
        "2. Ask me for what you do not know, such as addresses, names and the destination. Never "
        "ask me to type "
        "a secret: pass ${ask:label}, or tell me which ${file:name} or "
        "${env:CLICKPIPES_SECRET_NAME} to set.",
        "3. If the source cannot be reached from the internet, it needs a private way: call "
        "list_network_paths to see what there is. To go through a bastion, call create_ssh_key, "
        "give me its line and commands for the bastion, call validate_ssh_key once I have run "
        "them, then pass ssh_key_resource_id to the create tool. If those tools are missing, tell "
        "me what the operator has to set.",
        "4. Where it is offered for this source, call discover_source_schema and show me its "
        "proposal for the table.",
        "5. Call the create tool with dry_run=true, show me the request and its warnings, and "
        "wait for "
        "my yes. Then call it again without dry_run.",
        "6. Call wait_for_clickpipe until it is ready. If a call or the pipe fails, call "
        "diagnose_clickpipe and follow its steps with me.",
    )


def troubleshoot(
    clickpipe: PipeName, symptom: Symptom = "", connection: ConnectionName = ""
) -> str:
    """From a symptom to its cause and the fix."""
    return _lines(
        f"Find out what is wrong with the ClickPipe {clean(clickpipe, limit=120)}.",
        _quoted("What I see", symptom),
        _through(connection),
        "1. Call diagnose_clickpipe; pass what I quoted as error_text.",
        "2. Tell me the most likely cause with its evidence, and what could not be looked at. If "
        "the console alone shows the errors, ask me to copy them from the pipe's Logs tab.",
        "3. Give me the exact steps in order, and say who does each of them. Change nothing before "
        "I agree.",
        "4. After the fix, call get_clickpipe_metrics with rates=true or diagnose_clickpipe "
        "again, and say whether it helped.",
    )


def review(clickpipe: PipeName, connection: ConnectionName = "") -> str:
    """From a pipe that works to what could be better."""
    return _lines(
        f"Review the ClickPipe {clean(clickpipe, limit=120)}: is it set up well?",
        _through(connection),
        "1. Call get_clickpipe, get_clickpipe_metrics with rates=true and diagnose_clickpipe. "
        "For streams and files, call get_clickpipe_settings too.",
        "2. Read the topic pitfalls of get_source_guide for its source, and compare.",
        "3. Report on health, throughput and lag; on the size against the load; on settings, and "
        "on the keys and the engine of the table; and on the security of the connection. Give the "
        "facts first, then the advice, with the most useful advice first. Change nothing.",
    )


PROMPTS = (
    PromptSpec(
        "set_up_clickpipe",
        "Set up a ClickPipe",
        "Lead from a source to a running pipe, step by step.",
        set_up,
        frozenset({"get_source_guide"}),
    ),
    PromptSpec(
        "troubleshoot_clickpipe",
        "Troubleshoot a ClickPipe",
        "Lead from a symptom to its cause and the fix.",
        troubleshoot,
        frozenset({"diagnose_clickpipe"}),
    ),
    PromptSpec(
        "review_clickpipe",
        "Review a ClickPipe",
        "Review the health, size and settings of a pipe that works.",
        review,
        frozenset({"diagnose_clickpipe"}),
    ),
)


def prompts(offered: Collection[str], *, has_connections: bool = False) -> list[Prompt]:
    """The prompts that a server with these tools offers.

    Where there are several connections they take the name of one.
    """
    found = [_prompt(spec) for spec in PROMPTS if spec.needs <= set(offered)]
    return found if has_connections else [_without_connection(prompt) for prompt in found]


def _without_connection(prompt: Prompt) -> Prompt:
    left = [one for one in prompt.arguments or [] if one.name != CONNECTION]
    return prompt.model_copy(update={"arguments": left})


@cache
def _prompt(spec: PromptSpec) -> Prompt:
    return Prompt.from_function(
        spec.write, name=spec.name, title=spec.title, description=spec.description
    )


def check(known: Mapping[str, Prompt], name: str, arguments: Mapping[str, object] | None) -> None:
    """Refuse what the SDK would answer with an error that says nothing, or with code 0.

    Raises:
        MCPError: Invalid parameters, saying which.
    """
    prompt = known.get(name)
    if prompt is None:
        raise MCPError(
            INVALID_PARAMS, f"There is no prompt of that name. Prompts: {', '.join(known)}."
        )
    declared = prompt.arguments or []
    given = {key for key, value in (arguments or {}).items() if value not in (None, "")}
    missing = [one.name for one in declared if one.required and one.name not in given]
    unknown = sorted(set(arguments or {}) - {one.name for one in declared})
    if missing:
        raise MCPError(INVALID_PARAMS, f"Missing required arguments: {', '.join(missing)}.")
    if unknown:
        allowed = ", ".join(one.name for one in declared)
        raise MCPError(INVALID_PARAMS, f"{name} takes no such arguments; it takes {allowed}.")


def _quoted(label: str, words: str) -> str:
    words = clean(words, limit=_LONGEST_WORDS)
    return f"{label}: “{words}”" if words else ""


def _through(connection: str) -> str:
    name = clean(connection, limit=40)
    return f"Pass connection={name} to every tool." if name else ""


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
