"""Printing on terminals that know few characters, such as those of Windows."""

import codecs
import io
import json
import sys
from typing import Final, TextIO

_HANDLER: Final = "clickpipes_mcp.plain"
_PLAIN: Final = str.maketrans(
    {
        "→": "->",
        "…": "...",
        "“": '"',
        "”": '"',
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "•": "*",
        "≤": "<=",
        "≥": ">=",
        "✓": "+",
        "✔": "+",
        "✗": "x",
        "✘": "x",
        "◆": "*",
        "│": "|",
        "─": "-",
        **dict(zip("▁▂▃▄▅▆▇█", "_.-~=+*#", strict=True)),
    }
)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """What to print in the place of characters that the terminal does not know."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(letter if letter.isascii() else "?" for letter in unknown), error.end


def print_whatever_comes(*streams: TextIO) -> None:
    """Let streams replace the characters that their encoding lacks, instead of failing."""
    codecs.register_error(_HANDLER, _plainly)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def hung(text: str, indent: int) -> str:
    """A text in lines that a terminal holds, all but the first one indented; no word is broken.

    What is not printed on a terminal stays one line.
    """
    if not sys.stdout.isatty():
        return text
    import shutil  # start-up time
    import textwrap

    width = max(shutil.get_terminal_size().columns - indent, 20)
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return f"\n{'':{indent}}".join(lines)


def print_json(document: object) -> None:
    """A document as JSON, with escapes where the terminal does not know all characters."""
    import click  # start-up time

    text = json.dumps(document, indent=2, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(document, indent=2)
    click.echo(text)
