"""What tools cost an assistant's context, counted with the o200k vocabulary."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rs_bpe.bpe import openai


def tokens(text: str) -> int:
    return int(openai.o200k_base().count(text))


def tool_tokens(tool: Mapping[str, Any]) -> int:
    """What one tool costs, as it stands in the answer to `tools/list`."""
    shown = {
        "name": tool["name"],
        "description": tool.get("description"),
        "inputSchema": tool["inputSchema"],
    }
    return tokens(json.dumps(shown, ensure_ascii=False, separators=(",", ":")))


def surface_tokens(tools: Iterable[Mapping[str, Any]]) -> int:
    """What all of them cost."""
    return sum(map(tool_tokens, tools))
