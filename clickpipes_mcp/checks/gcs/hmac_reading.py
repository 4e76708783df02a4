"""The files of a bucket as an HMAC key reads them: over the XML API, signed as requests to S3 are.

Source: Cloud Storage documentation, XML API and its interoperability with S3.
"""

from typing import Final
from urllib.parse import quote

from clickpipes_mcp.checks.aws.endpoints import Endpoints
from clickpipes_mcp.checks.aws.keys import LOGIN, read_key
from clickpipes_mcp.checks.aws.requests import Answer as XmlAnswer
from clickpipes_mcp.checks.aws.requests import Aws
from clickpipes_mcp.checks.aws.stores import (
    address_of,
    files_of,
    is_cut_at,
    pages_of,
    part_of_file,
)
from clickpipes_mcp.checks.checklist import Checked, LookEnded, Outcome, Place
from clickpipes_mcp.checks.files.listing import Listing, fixed_part, matching
from clickpipes_mcp.checks.files.prerequisites import FileFacts, FileWish
from clickpipes_mcp.checks.files.samples import sample
from clickpipes_mcp.checks.gcs.facts import Facts
from clickpipes_mcp.checks.google.requests import Answer, Content

_REGION: Final = "auto"
_UNKNOWN_KEY: Final = "InvalidSecurity"
_WHOSE: Final = "serviceAccount:<its account>"


def read_by_hmac(place: Place, storage: str, bucket: str, wish: FileWish) -> Facts:
    """All there is to judge of the files.

    Raises:
        LookEnded: Google does not know the key, or there is none.
    """
    key = read_key(place.configuration)
    if key is None:
        raise LookEnded(_NO_KEY)
    here = f"{storage}/{quote(bucket, safe='')}"
    with Aws(place, Endpoints(storage), key, _REGION) as store:
        beginning, after = fixed_part(wish.pattern), wish.start_after
        pages = list(pages_of(store, here, place, beginning=beginning, after=after))
        page = _as_google(pages[0])
        if not page.is_ok:
            return Facts(bucket, _WHOSE, page, None, None, None, wish.has_queue)
        files = [file for one in pages for file, _ in files_of(one)]
        found = matching(wish.pattern, files, after=wish.start_after)
        listing = Listing(tuple(found), is_cut=is_cut_at(pages[-1]))
        facts = FileFacts(wish, listing, None)
        content = None
        file = next((one for one in reversed(found) if one.size_bytes), None)
        if file is not None:
            answer, part = part_of_file(store, address_of(here, file.key), file)
            content = Content(answer.status, answer.content)
            if content.is_there:
                facts = FileFacts(wish, listing, sample(file.key, part, wish.format))
    return Facts(bucket, _WHOSE, page, content, facts, None, wish.has_queue)


_NO_KEY: Final = Checked(
    LOGIN,
    Outcome.UNSEEN,
    "There is no HMAC key to log in with from here.",
    "Give access_key with both halves.",
)


def _as_google(page: XmlAnswer) -> Answer:
    if page.code == _UNKNOWN_KEY:
        raise LookEnded(
            Checked(
                LOGIN,
                Outcome.NOT_OK,
                f"Google does not let the HMAC key in: {page.told}",
                "Correct both halves of access_key; a key may be deleted or inactive.",
            )
        )
    return Answer(page.status, {"error": {"message": page.told}})
