"""Makes text from outside safe to show, store and log.

Two things are taken out: what looks like a secret, or is known to be one, and characters that a
reader cannot see. Masking more than needed is cheap; masking less is a leak.
"""

import logging
import re
import sys
import traceback
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_plus

from clickpipes_mcp.call_ids import current_call
from clickpipes_mcp.known_values import UNMISTAKABLE, KnownValues

MASK = "[secret]"
ALTERED = "\N{REPLACEMENT CHARACTER}"
"""Ends a word that is not shown as it arrived. No word of ours, no id and no host holds it."""

_LOOKED_AT = 64 * 1024
"""Characters of a text that are examined; the rest is dropped before anything is shown."""

_JUDGED = 16 * 1024
"""Characters that are searched for what looks like a secret, once white space is one blank."""

_LONGEST_WORD = 512
"""How far a word is followed back that the cut may have gone through."""

_SENSITIVE_NAME = (
    r"pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key"
    r"|access[_-]?key|private[_-]?key|shared[_-]?access[_-]?(?:key|signature)|account[_-]?key"
    r"|connection[_-]?string|service[_-]?account[_-]?(?:key|file)|signature|\bsig"
)
_VALUE = r"""(?:"(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|\\"[^"]*+"?|[^\s;,&"'{}\[\]]+)"""

# Every repeat is possessive, bounded, or followed by what it cannot be: the time is linear.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r"(?:(?!-----END ).)*+(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?",
    re.DOTALL,
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?i)(authorization\\?[\"']?\s*+[:=]\s*+\\?[\"']?(?:(?:basic|bearer)\b)?)\s*+"
            r"[^\s\"',]+"
        ),
        rf"\1 {MASK}",
    ),
    (
        re.compile(
            rf"(?i)((?:{_SENSITIVE_NAME})\\?[\"']?\s*+(?:[:=]|%3[AD])\s*+)"
            rf"(?!{re.escape(MASK)}){_VALUE}"
        ),
        rf"\1{MASK}",
    ),
    (
        re.compile(r"(?i)\b(basic|bearer)\s++(?=[^\s0-9=]*+[0-9=])[a-z0-9+/=._~-]{12,}"),
        rf"\1 {MASK}",
    ),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (
        re.compile(
            r"(?<![A-Za-z0-9/+=:.])(?=[A-Za-z0-9+/]{40}(?![A-Za-z0-9/+=]))"
            r"(?=[^a-z]{0,39}[a-z])(?=[^A-Z]{0,39}[A-Z])(?=[^0-9]{0,39}[0-9])[A-Za-z0-9+/]{40}"
        ),
        MASK,
    ),
    # A JSON object in base64: `{"` and `{` with a line break; also every JSON web token.
    (re.compile(r"(?:eyJ|ewo|ewog|ew0K)[A-Za-z0-9+/_=.-]{20,}"), MASK),
    (re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{200,}={0,2}"), MASK),
)

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*+[ -/]*+[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)|\x1b.?", re.DOTALL
)
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(point) for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for point in range(first, last + 1)
)  # fmt: skip
"""Characters that show nothing although Unicode counts them as letters, marks or symbols."""

_WORD = re.compile(r"[^\s\"'<>]++")
_BEFORE_QUERY = re.compile(r"(?=\?[\w.-]{1,64}[=&])")
_AUTHORITY = re.compile(r"[^/?#]*+")
_HOST = r"(?:[\w.%-]++|\[[0-9A-Fa-f:.%]++\])(?::\d{1,5})?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*+")
_NAME_END = re.compile(r"[/?#:@]")
_URL_PARAMETER = re.compile(r"([?&])([^?&=]*+)=([^&]*+)")
_INNER_KEY = re.compile(r"(?<![\w.-])([\w.-]++)[\"']?\s*+[:=]")
_ENDS_SENSITIVE = re.compile(rf"(?i)(?:{_SENSITIVE_NAME})$")


def redact(text: str) -> str:
    """The text with everything that looks like a secret masked; layout is kept."""
    text = _mask_logins(_PRIVATE_KEY.sub(MASK, text))
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def mask_url_credentials(text: str) -> str:
    """The text with the credentials in its addresses masked, and nothing else.

    They are `user:password@` and query parameters that are secret, or hold something secret.
    """
    if "://" not in text:
        return text
    return _URL_PARAMETER.sub(_masked_parameter, _mask_logins(text))


def _mask_logins(text: str) -> str:
    """The text without what stands before the `@` of its addresses.

    People write passwords with `@`, `/` and `?` in them as they are, so a login goes on to the
    last `@`; but never into a query, whose values are nobody's login. Where the hosts may as well
    stand before that `@`, nothing is told of either.
    """
    return _WORD.sub(_masked_word, text) if "://" in text else text


def _masked_word(found: re.Match[str]) -> str:
    word = found[0]
    return "".join(map(_masked_login, _BEFORE_QUERY.split(word))) if "://" in word else word


def _masked_login(part: str) -> str:
    end = part.rfind("@")
    begin = part.find("://") + len("://")
    while len("://") <= begin < end:
        # A bare host ends with a slash; before a colon or an at sign stands somebody's name.
        first = _NAME_END.search(part, begin)
        if first is not None and first.start() > begin - (first[0] == ":") and first[0] in ":@":
            rest = "" if _may_name_hosts(part, begin, end) else part[end:]
            return f"{part[:begin]}{MASK}{rest}"
        begin = part.find("://", begin) + len("://")
    return part


def _may_name_hosts(part: str, begin: int, end: int) -> bool:
    """Whether hosts may stand where they belong, and the `@` at `end` in the path after them."""
    authority = _AUTHORITY.match(part, begin)
    if authority is None or authority.end() > end:
        return False
    return _HOSTS.fullmatch(authority[0].rpartition("@")[2]) is not None


def _masked_parameter(found: re.Match[str]) -> str:
    before, name, value = found.groups()
    names = (unquote_plus(name), *_INNER_KEY.findall(unquote_plus(value)))
    return f"{before}{name}={MASK}" if any(map(is_secret_name, names)) else found[0]


def is_secret_name(name: str) -> bool:
    """Whether a field of that name would hold a secret."""
    return _ENDS_SENSITIVE.search(name) is not None


def strip_invisible(text: str) -> str:
    """The text on one line, without control, invisible and direction-changing characters."""
    return collapse(drop_invisible(text))


def drop_invisible(text: str) -> str:
    """The text without control, invisible and direction-changing characters; breaks stay."""
    text = _ESCAPE_SEQUENCES.sub("", text)
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)


def collapse(text: str) -> str:
    """The text on one line: a blank for every run of white space."""
    return " ".join(text.split())


class _Visible(dict[int, int | None]):
    """What shows of a character: itself or nothing; looked up once each."""

    def __missing__(self, point: int) -> int | None:
        character = chr(point)
        if unicodedata.category(character) in _DROPPED_CATEGORIES:
            shown = character.isspace()
        else:
            shown = character not in _INVISIBLE_LETTERS
        return self.setdefault(point, point if shown else None)


_VISIBLE = _Visible()


class Redactor:
    """Masks what looks like a secret, and given values in every form they may come back in."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._values = frozenset(value for value in known if value.strip())
        self._known = KnownValues(self._values)
        self._echoes = KnownValues(value for value in self._values if len(value) >= UNMISTAKABLE)

    def __repr__(self) -> str:
        return f"Redactor({len(self._values)} known)"

    def knowing(self, more: Iterable[str]) -> "Redactor":
        """A redactor that masks these values as well."""
        added = frozenset(more) - self._values
        return Redactor(self._values | added) if added else self

    def mask_known(self, text: str) -> str:
        """The text without the known values; what merely looks like a secret stays."""
        return self._known.mask(text, MASK)

    def mask_echoes(self, text: str) -> str:
        """The text without the known values that are too long to stand there by chance.

        For data rather than prose: a password may well equal the name of a database.
        """
        return self._echoes.mask(text, MASK)

    def may_echo(self, document: bytes) -> bool:
        """Whether `mask_echoes` may have something to mask in a JSON document; False is certain."""
        return self._echoes.may_stand_in(document)

    def redact(self, text: str) -> str:
        """The text without known values and without what looks like a secret."""
        return redact(self.mask_known(text))

    def clean(self, text: str, limit: int = 500) -> str:
        """One line of harmless text, of at most `limit` characters."""
        known_masked = self._known.mask(text, MASK, most=_LOOKED_AT)
        if known_masked == text and len(text) <= limit and is_plain_word(text):
            return text
        masked = redact(_cut(collapse(known_masked)))
        # Masked before the characters go, because a secret may contain them, and again after,
        # because characters placed inside a secret would hide it.
        line = strip_invisible(masked)
        if line != masked:
            line = self.redact(line)
        return shortened(line, limit)


def shortened(line: str, limit: int) -> str:
    """The beginning of a harmless line, of at most `limit` characters."""
    return line if len(line) <= limit else line[: max(limit - 1, 0)].rstrip() + "…"


def _cut(text: str) -> str:
    """As much as is judged, without the word that the cut may have gone through."""
    if len(text) <= _JUDGED:
        return text
    return text[: max(text.rfind(" ", 0, _JUDGED), _JUDGED - _LONGEST_WORD)]


_NOTHING_KNOWN = Redactor()
_PLAIN_WORD = re.compile(r"[A-Za-z][\w-]{0,38}|[0-9a-f-]{36}", re.ASCII)
_BEGINS_A_SECRET = re.compile("AKIA|ASIA|eyJ|ewo|ew0K")
"""What short secrets of no more than such characters begin with; see `_PATTERNS`."""


def is_plain_word(text: str) -> bool:
    """Whether this is a word, id or name too short, or too plain, to be or to hold a secret.

    Most texts are. What it says yes to, `clean` leaves as it is.
    """
    return _PLAIN_WORD.fullmatch(text) is not None and _BEGINS_A_SECRET.search(text) is None


def clean(text: str, limit: int = 500) -> str:
    """One line of harmless text, of at most `limit` characters."""
    if len(text) <= limit and is_plain_word(text):
        return text
    return _NOTHING_KNOWN.clean(text, limit)


class RedactingFilter(logging.Filter):
    """Rewrites every record that passes, message and traceback, and lets it pass."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redactor = redactor or _NOTHING_KNOWN

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed in place."""
        record.call = f" [{call_id}]" if (call_id := current_call()) else ""
        record.msg = self._redactor.clean(record.getMessage(), limit=4000)
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = self._redacted(record.exc_text)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self._redacted(record.stack_info)
        return True

    def _redacted(self, trace: str) -> str:
        """The end of a trace, which tells the most; known secrets are masked before the cut."""
        return redact(self._redactor.mask_known(trace)[-_LOOKED_AT:])


_FORMAT = logging.Formatter(
    "%(asctime)s %(levelname)s %(name)s%(call)s: %(message)s", defaults={"call": ""}
)

QUIET_LOGGERS = ("httpx2", "httpcore2", "sse_starlette")
"""Libraries that write every address they call, query included, or every answer that is sent: an
answer may hold a link under which a person agrees."""


def configure_logging(level: str, redactor: Redactor | None = None) -> None:
    """Send logs, redacted, to standard error; to be called before the MCP SDK is set up.

    The SDK adds a root handler of its own unless there is one already.
    """
    root = logging.getLogger()
    root.setLevel(level.upper())
    if not root.handlers:
        to_stderr = logging.StreamHandler(sys.stderr)
        to_stderr.setFormatter(_FORMAT)
        root.addHandler(to_stderr)
    for handler in root.handlers:
        for previous in [kept for kept in handler.filters if isinstance(kept, RedactingFilter)]:
            handler.removeFilter(previous)
        handler.addFilter(RedactingFilter(redactor))
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
