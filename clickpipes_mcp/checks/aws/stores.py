"""Files of a store that speaks S3: the pages of their list, and where each of them is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote_plus, urlencode

from clickpipes_mcp.checks.aws.requests import Answer, Aws
from clickpipes_mcp.checks.checklist import Place
from clickpipes_mcp.checks.files.listing import MOST_FILES, File
from clickpipes_mcp.checks.files.samples import Part
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES

_PAGE: Final = 1000
_LEFT_FOR_THE_REST_S: Final = 6.0
_ARCHIVES: Final = ("GLACIER", "DEEP_ARCHIVE")
"""Classes whose files are restored before they are read. Source: reference of S3, GetObject."""

_UNRESERVED: Final = "/-_.~"


def address_of(bucket: str, key: str = "", **asked: str) -> str:
    """The address of a bucket, which itself is one, or of a file in it."""
    query = urlencode(
        {name.replace("_", "-"): value for name, value in sorted(asked.items())},
        quote_via=quote,
        safe="-_.~",
    )
    path = f"/{quote(key, safe=_UNRESERVED)}" if key else ""
    return f"{bucket}{path}{f'?{query}' if query else ''}"


def pages_of(
    aws: Aws, bucket: str, place: Place, *, beginning: str, after: str
) -> Iterator[Answer]:
    """The pages of the list of a bucket, while there is time."""
    asked = {
        "encoding_type": "url",
        "list_type": "2",
        "max_keys": str(_PAGE),
        "prefix": beginning,
        "start_after": after,
    }
    asked = {name: value for name, value in asked.items() if value}
    for _ in range(MOST_FILES // _PAGE):
        page = aws.get(address_of(bucket, **asked))
        yield page
        asked["continuation_token"] = page.xml.findtext("NextContinuationToken", "")
        if not asked["continuation_token"] or place.remaining_s() < _LEFT_FOR_THE_REST_S:
            return


def is_cut_at(page: Answer) -> bool:
    """Whether more pages follow."""
    return bool(page.xml.findtext("NextContinuationToken", ""))


def files_of(page: Answer) -> Iterator[tuple[File, bool]]:
    """The files of a page, each with whether it rests in an archive."""
    is_quoted = page.xml.findtext("EncodingType", "") == "url"
    for row in page.xml.findall("Contents"):
        name = row.findtext("Key", "")
        file = File(
            unquote_plus(name) if is_quoted else name,
            _number(row.findtext("Size", "")),
            _time(row.findtext("LastModified", "")),
        )
        yield file, row.findtext("StorageClass", "") in _ARCHIVES


def part_of_file(aws: Aws, address: str, file: File) -> tuple[Answer, Part]:
    """The beginning of a file, and what was answered to the question for it."""
    answer = aws.get(address, most_bytes=MOST_BYTES)

    def end(wanted: int) -> bytes:
        found = aws.get(address, most_bytes=wanted, from_end=True)
        return found.content if found.is_ok else b""

    return answer, Part(answer.content, file.size_bytes <= len(answer.content), end)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
