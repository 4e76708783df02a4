"""What telegram style looks like, as far as a program can tell.

It finds what it finds: a text that passes may still be unclear, so that somebody has to read it.
"""

import re
from collections.abc import Iterator

_CODE = re.compile(r"```.*?```|`[^`]*`|\$\{[^}]*\}|https?://\S+", re.DOTALL)
_LINES = re.compile(r"\n\s*(?:[-*] |\d+\. )?\s*")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“`])")
_FLAWS = {
    "hangs on to something else": re.compile(r"^(?:And|Or|But|Else)\b"),
    "is a label": re.compile(
        r"^(?:Default|Omit|Omitted|Instead|Required|Optional"
        r"|[A-Z0-9]+_[A-Z0-9_]+|[a-z]+_[a-z_]+) ?:"
    ),
    "is shorthand": re.compile(
        r"\b[a-z]{4,}\+[a-z]{4,}|; default |\bw/|\be\.g\.|\bi\.e\.|\bincl\b|->"
    ),
}
_NO_PROSE = re.compile(r"CODE|\d+\.|ENVIRONMENT: SIMULATOR\.")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_API_WORD = re.compile(r"[_:/*.\d{<`\[-]|[a-z][A-Z]")
_PLACES = re.compile(r"^[\w.\[\]-]+(?:, [\w.\[\]-]+)*(?: and \d+ more places?)?: ")
_RULE = re.compile(r" \([a-z0-9-]+\.[a-z0-9-]+\)$")
_ENDS = (".", "?", "!", ":", "`", "…", "”")

NAMES = frozenset(
    _WORD.findall("auto basic cdc default confluent delete kafka mysql postgres clickpipe")
)
"""Words of the API and of this package that begin a text as they are written."""

VERBS = frozenset(
    _WORD.findall(
        """
        is are was were be has have had do does can could may might must shall should will would
        need needs take takes give gives use uses show shows say says see read reads hold holds
        act add adds allow allows alter answer answers apply applies ask asks assume assumes begin
        begins belong bring brings call change changes check checks choose chooses compare connect
        connects copies copy cover covers create creates cross decide deduplicate deduplicates
        delete deletes encode end ends exclude excludes expand fail fails fill fills find finds
        follow follows get go goes grant help helps hold ignore ignores include keep keeps know
        knows lead leads learn leave let lie lies list lists load loads log look lose loses make
        makes map mean means mix move name names offer offers open pass pin place point pull pulls
        put reach reaches refuse refuses remove removes repeat replace replaces replicates report
        run runs send sends serve serves set sits skip sort sorts speak speaks split stand stands
        start stay stays stop store stores stream support switch switched tell tells time treat try
        turn verify wait waits wake want wants work works write authenticate reserve rename
        resume divide become becomes come share counts charges copied outlast
        """
    )
)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, with code left out."""
    for line in _LINES.split(_CODE.sub("CODE", text)):
        yield from (part.strip() for part in _SENTENCE.split(line) if part.strip())


def find_flaws(text: str) -> Iterator[str]:
    """What of a phrase or a sentence reads like a telegram."""
    text = text.strip()
    words = text.split()
    if not text.endswith(_ENDS):
        yield "does not end like a sentence"
    if len(words) < 2:
        yield "is a single word"
    if text[:1].islower() and not _is_name(words[0]):
        yield "begins in lower case"
    for sentence in sentences(text):
        for flaw, pattern in _FLAWS.items():
            if pattern.search(sentence):
                yield f"{flaw}: {sentence[:60]}"


def find_flaws_of_warning(text: str) -> Iterator[str]:
    """What of a warning reads like a telegram; the places it is about stand before it."""
    said = _PLACES.sub("", text)
    places = text.removesuffix(said)
    if said.split(maxsplit=1)[0].rstrip(",") in re.split(r"[^\w]+", places):
        said = f"Field {said}"
    yield from find_flaws(_RULE.sub("", said))


def is_predicate(text: str) -> bool:
    """Whether a text says what a tool does, so that the tool's name may stand before it."""
    first = text.split(maxsplit=1)[0].strip(",:;")
    return first.endswith("s") or first[:1].isupper()


def find_fragments(text: str) -> Iterator[str]:
    """The sentences of a text in which nobody does or is anything."""
    for sentence in sentences(text):
        if not _NO_PROSE.fullmatch(sentence) and VERBS.isdisjoint(_WORD.findall(sentence.lower())):
            yield sentence


def _is_name(word: str) -> bool:
    """Whether the API, or this package, writes a word so."""
    return _API_WORD.search(word) is not None or word.strip(",;") in NAMES
