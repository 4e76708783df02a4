"""Makes text from outside safe to show, store and log.

Two things are taken out: what looks like a secret, or is known to be one, and characters that a
reader cannot see. Masking more than needed is cheap; masking less is a leak.
"""

import base64
import json
import logging
import re
import sys
import traceback
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus, unquote_plus

MASK = "[secret]"
_LOOKED_AT = 64 * 1024
"""Characters of a text that are examined; the rest is dropped before anything is shown."""

_SHORT = 6
"""Known secrets below this length are masked as whole words only, or they would mask prose."""

_UNMISTAKABLE = 12
"""From this length on a known secret is masked in data as well, where it may only be an echo."""

_SENSITIVE_NAME = (
    r"pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key"
    r"|access[_-]?key|private[_-]?key|shared[_-]?access[_-]?(?:key|signature)|account[_-]?key"
    r"|connection[_-]?string|service[_-]?account[_-]?(?:key|file)|signature|\bsig"
)
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\\"[^"]*"?|[^\s;,&"'{}\[\]]+)"""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"
            r"(?:(?!-----END ).)*(?:-----END [A-Z0-9 ]*PRIVATE KEY-----)?",
            re.DOTALL,
        ),
        MASK,
    ),
    # The lengths are bounded to keep the time linear.
    (
        re.compile(r"://[^\s/?#:@\"'<>]{0,256}:[^\s\"'<>]{0,2048}@|://[^\s/?#:@\"'<>]{1,256}@"),
        f"://{MASK}@",
    ),
    (
        re.compile(
            r"(?i)(authorization\\?[\"']?\s*[:=]\s*\\?[\"']?(?:basic|bearer)?)\s*[^\s\"',]+"
        ),
        rf"\1 {MASK}",
    ),
    (
        re.compile(
            rf"(?i)((?:{_SENSITIVE_NAME})\\?[\"']?\s*(?:[:=]|%3[AD])\s*)(?!{re.escape(MASK)}){_VALUE}"
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(basic|bearer)\s+(?=\S*[0-9=])[a-z0-9+/=._~-]{12,}"), rf"\1 {MASK}"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), MASK),
    (
        re.compile(
            r"(?<![A-Za-z0-9/+=:.])(?=[^a-z]{0,39}[a-z])(?=[^A-Z]{0,39}[A-Z])(?=[^0-9]{0,39}[0-9])"
            r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
        ),
        MASK,
    ),
    # A JSON object in base64: `{"` and `{` with a line break; also every JSON web token.
    (re.compile(r"(?:eyJ|ewo|ewog|ew0K)[A-Za-z0-9+/_=.-]{20,}"), MASK),
    (re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}"), MASK),
)

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)|\x1b.?", re.DOTALL
)
_BREAKS = re.compile(r"[\s\x85\u2028\u2029]+")
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(point) for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for point in range(first, last + 1)
)  # fmt: skip
"""Characters that show nothing although Unicode counts them as letters, marks or symbols."""

_URL_CREDENTIALS = _PATTERNS[1]
_URL_PARAMETER = re.compile(r"([?&])([^?&=]*)=([^&]*)")
_INNER_KEY = re.compile(r"([\w.-]{1,64})[\"']?\s*[:=]")


def redact(text: str) -> str:
    """The text with everything that looks like a secret masked; layout is kept."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def mask_url_credentials(text: str) -> str:
    """The text with the credentials in its addresses masked, and nothing else.

    They are `user:password@` and query parameters that are secret, or hold something secret.
    """
    if "://" not in text:
        return text
    pattern, replacement = _URL_CREDENTIALS
    return _URL_PARAMETER.sub(_masked_parameter, pattern.sub(replacement, text))


def _masked_parameter(found: re.Match[str]) -> str:
    before, name, value = found.groups()
    names = (unquote_plus(name), *_INNER_KEY.findall(unquote_plus(value)))
    return f"{before}{name}={MASK}" if any(map(is_secret_name, names)) else found[0]


def is_secret_name(name: str) -> bool:
    """Whether a field of that name would hold a secret."""
    return re.search(rf"(?i)(?:{_SENSITIVE_NAME})$", name) is not None


def strip_invisible(text: str) -> str:
    """The text on one line, without control, invisible and direction-changing characters."""
    text = _ESCAPE_SEQUENCES.sub("", text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(character for character in text if _is_visible(character))
    return _BREAKS.sub(" ", text).strip()


def _is_visible(character: str) -> bool:
    """Whether it shows something, or is a space that keeps words apart."""
    if unicodedata.category(character) in _DROPPED_CATEGORIES:
        return character.isspace()
    return character not in _INVISIBLE_LETTERS


def _any_of(values: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for value in values for form in _forms(value)}
    alternatives = [
        re.escape(form) if len(form) >= _SHORT else rf"(?<!\w){re.escape(form)}(?!\w)"
        for form in sorted(forms, key=lambda form: (-len(form), form))
    ]
    return re.compile("|".join(alternatives)) if alternatives else None


def _forms(value: str) -> Iterator[str]:
    """The spellings in which an echo of the value may arrive."""
    yield value
    yield value.strip()
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    octets = value.encode(errors="surrogatepass")
    yield quote(octets, safe="")
    yield quote_plus(octets)
    for encoded in (base64.b64encode(octets), base64.urlsafe_b64encode(octets)):
        yield encoded.decode()
        yield encoded.decode().rstrip("=")
    # Keys and certificates of several lines are often quoted one line at a time.
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= 2 * _SHORT)


class Redactor:
    """Masks what looks like a secret, and given values in every form they may come back in."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = frozenset(value for value in known if value.strip())
        self._pattern = _any_of(self._known)
        self._echoes = _any_of(value for value in self._known if len(value) >= _UNMISTAKABLE)

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} known)"

    def knowing(self, more: Iterable[str]) -> "Redactor":
        """A redactor that masks these values as well."""
        added = frozenset(more) - self._known
        return Redactor(self._known | added) if added else self

    def mask_known(self, text: str) -> str:
        """The text without the known values; what merely looks like a secret stays."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def mask_echoes(self, text: str) -> str:
        """The text without the known values that are too long to stand there by chance.

        For data rather than prose: a password may well equal the name of a database.
        """
        return self._echoes.sub(MASK, text) if self._echoes else text

    def redact(self, text: str) -> str:
        """The text without known values and without what looks like a secret."""
        return redact(self.mask_known(text))

    def clean(self, text: str, limit: int = 500) -> str:
        """One line of harmless text, of at most `limit` characters."""
        # Masked before the characters go, because a secret may contain them, and again after,
        # because characters placed inside a secret would hide it.
        masked = self.redact(text[:_LOOKED_AT])
        line = self.redact(strip_invisible(masked))
        return line if len(line) <= limit else line[: max(limit - 1, 0)].rstrip() + "…"


_NOTHING_KNOWN = Redactor()


def clean(text: str, limit: int = 500) -> str:
    """One line of harmless text, of at most `limit` characters."""
    return _NOTHING_KNOWN.clean(text, limit)


class RedactingFilter(logging.Filter):
    """Rewrites every record that passes, message and traceback, and lets it pass."""

    def __init__(self, redactor: Redactor | None = None) -> None:
        super().__init__()
        self._redactor = redactor or _NOTHING_KNOWN

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed in place."""
        record.msg = self._redactor.clean(record.getMessage(), limit=4000)
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = self._redactor.redact(record.exc_text)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = self._redactor.redact(record.stack_info)
        return True


QUIET_LOGGERS = ("httpx", "httpx2", "httpcore")
"""Libraries that write every address they call, query included, at INFO."""


def configure_logging(level: str, redactor: Redactor | None = None) -> None:
    """Send logs, redacted, to standard error; to be called before the MCP SDK is set up.

    The SDK adds a root handler of its own unless there is one already.
    """
    root = logging.getLogger()
    root.setLevel(level.upper())
    if not root.handlers:
        to_stderr = logging.StreamHandler(sys.stderr)
        to_stderr.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(to_stderr)
    for handler in root.handlers:
        for previous in [kept for kept in handler.filters if isinstance(kept, RedactingFilter)]:
            handler.removeFilter(previous)
        handler.addFilter(RedactingFilter(redactor))
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
