"""Pipes as request bodies that curl sends; jq puts the secrets in, whatever they are made of."""

import json
import re
import shlex
from dataclasses import replace
from typing import Final

from clickpipes_mcp.code.declaration import Declaration
from clickpipes_mcp.code.references import Reference
from clickpipes_mcp.code.target import STOPPED, Loss, Selection, Written, tell_needed
from clickpipes_mcp.code.targets.bodies import body_of
from clickpipes_mcp.code.targets.shell import HEAD, comment, needed

_MARK: Final = "\N{NULL}reference:"
_MARKED: Final = re.compile(r'"\\u0000reference:([A-Z0-9_]{1,300})"', re.ASCII)
_LOGIN: Final = """\
# No list of processes shows what is given like this.
login() {
  jq --raw-output --null-input 'env | "Authorization: Basic " +
    ([.CLICKHOUSE_CLOUD_API_KEY, .CLICKHOUSE_CLOUD_API_SECRET] | join(":") | @base64)'
}
"""
_SEND: Final = """\
jq --null-input {body} |
  curl --fail-with-body --silent --show-error --write-out '\\n' --request POST \\
    --header @<(login) \\
    --header 'Content-Type: application/json' --data-binary @- \\
    "https://api.clickhouse.cloud/v1/organizations/$CLICKHOUSE_ORG_ID/services/{service}/clickpipes"
"""


def write_curl(selection: Selection) -> Written:
    """A script that creates every pipe anew."""
    variables = ["CLICKHOUSE_CLOUD_API_KEY", "CLICKHOUSE_CLOUD_API_SECRET", "CLICKHOUSE_ORG_ID"]
    losses: list[Loss] = []
    parts = []
    for pipe in selection.pipes:
        lost = [STOPPED] if pipe.rests and pipe.is_database else []
        lost += tell_needed(pipe)
        losses += [Loss(pipe.name, what) for what in lost]
        program, used = _program(pipe)
        variables += used
        parts += [comment(what) for what in (pipe.name, *pipe.notes, *lost)]
        parts.append(_SEND.format(body=shlex.quote(program), service=selection.service_id))
    return Written("\n".join([HEAD, *needed(variables), "", _LOGIN, *parts]), tuple(losses))


def _program(pipe: Declaration) -> tuple[str, list[str]]:
    """The body as a program of jq, and the variables it reads."""
    used: list[str] = []
    body = _marked(body_of(replace(pipe, arguments=pipe.creatable)), used)
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return _MARKED.sub(r"env.\1", text), used


def _marked(value: object, used: list[str]) -> object:
    if isinstance(value, Reference):
        used.append(value.variable)
        return f"{_MARK}{value.variable}"
    if isinstance(value, dict):
        return {name: _marked(inner, used) for name, inner in value.items()}
    return [_marked(inner, used) for inner in value] if isinstance(value, list) else value
