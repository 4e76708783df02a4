"""Asks Google about a bucket and its files, and judges what it read. No event is ever pulled."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from clickpipes_mcp.checks.checklist import Checked, LookEnded, Outcome, Place, Seen, text_of
from clickpipes_mcp.checks.files.listing import MOST_FILES, File, Listing, fixed_part, matching
from clickpipes_mcp.checks.files.prerequisites import FILE_JUDGES, FileFacts, FileWish, notes_on
from clickpipes_mcp.checks.files.samples import Part, Sampled, sample
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES
from clickpipes_mcp.checks.gcs.addresses import bucket_and_pattern
from clickpipes_mcp.checks.gcs.facts import Facts, Queue
from clickpipes_mcp.checks.gcs.hmac_reading import read_by_hmac
from clickpipes_mcp.checks.gcs.prerequisites import JUDGES, QUEUE_RIGHTS
from clickpipes_mcp.checks.google import commands
from clickpipes_mcp.checks.google.endpoints import GOOGLE, Endpoints
from clickpipes_mcp.checks.google.fields import number_of, rows_of, time_of
from clickpipes_mcp.checks.google.keys import AccountKey, read_key
from clickpipes_mcp.checks.google.requests import Answer, Content, Google
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.table_proposal import new_table

_BY_HMAC: Final = "IAM_USER"
_PAGE: Final = 1000
_DAY_S: Final = 86_400
_LEFT_FOR_THE_REST_S: Final = 6.0
_SCOPES: Final = (
    "https://www.googleapis.com/auth/devstorage.read_only",
    "https://www.googleapis.com/auth/pubsub",
)
_ELSEWHERE: Final = Checked(
    "bucket",
    Outcome.UNSEEN,
    "The host in url is not one of Google Cloud Storage. Nothing was sent there.",
    "Write https://storage.googleapis.com/BUCKET/PATH.",
)


@dataclass(frozen=True)
class BucketLook:
    """A look at a bucket, where Google answers."""

    endpoints: Endpoints = GOOGLE

    def __call__(self, place: Place) -> Seen:
        """List the files, read the beginning of one, and look at the queue."""
        where = bucket_and_pattern(text_of(place.configuration, "url"))
        if where is None:
            return Seen((_ELSEWHERE,))
        bucket, pattern = where
        wish = FileWish.of(place.configuration, pattern)
        try:
            if text_of(place.configuration, "authentication") == _BY_HMAC:
                return _told(read_by_hmac(place, self.endpoints.storage, bucket, wish))
            key = _login(place)
            if isinstance(key, Checked):
                return Seen((key,))
            with Google(place, self.endpoints, key, _SCOPES) as google:
                return _told(_Reader(google, place, bucket).facts(wish))
        except LookEnded as end:
            return Seen((end.why,))


def _login(place: Place) -> AccountKey | Checked | None:
    """The key to log in with; None for files that anybody may read."""
    if not text_of(place.configuration, "authentication"):
        return None
    return read_key(text_of(place.configuration, "serviceAccountKey"))


def _told(facts: Facts) -> Seen:
    files = facts.files
    return Seen(
        checked=(
            *judge(JUDGES, facts),
            *(judge(FILE_JUDGES, files) if files else ()),
        ),
        notes=tuple(_notes(facts)),
        destination=new_table(facts.bucket, files.columns) if files else {},
        called=facts.bucket if files else "",
        sample=files.sample if files else (),
    )


def _notes(facts: Facts) -> Iterator[str]:
    if facts.files:
        yield from notes_on(facts.files)
    queue = facts.queue
    if queue and queue.kept_s:
        yield (
            f"The subscription keeps events for {queue.kept_s / _DAY_S:,.0f} days: a pipe that "
            "rests longer misses files."
        )
    if queue and queue.lives_s:
        yield (
            f"The subscription is deleted after {queue.lives_s / _DAY_S:,.0f} days in which nobody "
            "reads it."
        )


class _Reader:
    """Reads the facts of a bucket while there is time."""

    def __init__(self, google: Google, place: Place, bucket: str) -> None:
        self._google = google
        self._place = place
        self._bucket = bucket
        self._member = commands.member(google.key) if google.key else "allUsers"
        self._url = f"{google.endpoints.storage}/storage/v1/b/{quote(bucket, safe='')}"

    def facts(self, wish: FileWish) -> Facts:
        """All there is to judge."""
        queue = self._queue() if wish.has_queue else None
        pages = list(self._pages(wish))
        page = pages[0]
        if not page.is_ok:
            return Facts(self._bucket, self._member, page, None, None, queue)
        files = [file for one in pages for file in _files(one)]
        is_cut = bool(text_of(pages[-1].body, "nextPageToken"))
        found = matching(wish.pattern, files, after=wish.start_after)
        content, sampled = self._sample(wish, found)
        return Facts(
            bucket=self._bucket,
            member=self._member,
            page=page,
            content=content,
            files=FileFacts(wish, Listing(tuple(found), is_cut=is_cut), sampled),
            queue=queue,
        )

    def _pages(self, wish: FileWish) -> Iterator[Answer]:
        asked = {
            "prefix": fixed_part(wish.pattern),
            "startOffset": wish.start_after,
            "maxResults": str(_PAGE),
            "fields": "items(name,size,updated),nextPageToken",
        }
        for _ in range(MOST_FILES // _PAGE):
            page = self._google.get(
                f"{self._url}/o", **{name: value for name, value in asked.items() if value}
            )
            yield page
            asked["pageToken"] = text_of(page.body, "nextPageToken")
            if not asked["pageToken"] or self._place.remaining_s() < _LEFT_FOR_THE_REST_S:
                return

    def _sample(self, wish: FileWish, found: list[File]) -> tuple[Content | None, Sampled | None]:
        """The beginning of the newest file that is not empty."""
        file = next((one for one in reversed(found) if one.size_bytes), None)
        if file is None:
            return None, None
        address = f"{self._url}/o/{quote(file.key, safe='')}?alt=media"
        content = self._google.content(address, most_bytes=MOST_BYTES)
        if not content.is_there:
            return content, None

        def end(wanted: int) -> bytes:
            found = self._google.content(address, most_bytes=wanted, from_end=True)
            return found.octets if found.is_there else b""

        part = Part(content.octets, file.size_bytes <= len(content.octets), end)
        return content, sample(file.key, part, wish.format)

    def _queue(self) -> Queue:
        name = text_of(self._place.configuration, "queueUrl")
        url = f"{self._google.endpoints.pubsub}/v1/{quote(name)}"
        answer = self._google.get(url)
        rights = self._google.rights(url, QUEUE_RIGHTS) if answer.is_ok else None
        return Queue(name, answer, rights, self._google.get(f"{self._url}/notificationConfigs"))


def _files(page: Answer) -> Iterator[File]:
    for row in rows_of(page.body, "items"):
        yield File(text_of(row, "name"), number_of(row, "size"), time_of(row, "updated"))
