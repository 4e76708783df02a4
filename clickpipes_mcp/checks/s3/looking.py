"""Asks a store about a bucket and its files, and judges what it read. No event is ever received."""

from dataclasses import dataclass

from pydantic import JsonValue

from clickpipes_mcp.checks.aws.endpoints import AMAZON, Endpoints
from clickpipes_mcp.checks.aws.keys import BY_ROLE, ROLE_UNSEEN, AccessKey, read_key
from clickpipes_mcp.checks.aws.requests import Answer, Aws
from clickpipes_mcp.checks.aws.stores import (
    address_of,
    files_of,
    is_cut_at,
    pages_of,
    part_of_file,
)
from clickpipes_mcp.checks.checklist import Checked, LookEnded, Outcome, Place, Seen, text_of
from clickpipes_mcp.checks.files.listing import File, Listing, fixed_part, matching
from clickpipes_mcp.checks.files.prerequisites import FILE_JUDGES, FileFacts, FileWish, notes_on
from clickpipes_mcp.checks.files.samples import Sampled, sample
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.s3.addresses import Bucket, QueueAddress, bucket_of, queue_of
from clickpipes_mcp.checks.s3.facts import Facts, Queue
from clickpipes_mcp.checks.s3.prerequisites import JUDGES
from clickpipes_mcp.checks.s3.queue_prerequisites import QUEUE_JUDGES, queue_notes
from clickpipes_mcp.checks.table_proposal import new_table


@dataclass(frozen=True)
class BucketLook:
    """A look at a bucket, where its store answers."""

    endpoints: Endpoints = AMAZON

    def __call__(self, place: Place) -> Seen:
        """List the files, read the beginning of one, and look at the queue."""
        store = text_of(place.configuration, "type") or "s3"
        bucket = bucket_of(text_of(place.configuration, "url"), store)
        if bucket is None:
            return Seen((_elsewhere(store),))
        key = read_key(place.configuration)
        try:
            facts = _Reader(place, self.endpoints, bucket, key).facts()
        except LookEnded as end:
            return Seen((end.why,))
        return _told(facts)


def _elsewhere(store: str) -> Checked:
    return Checked(
        "bucket",
        Outcome.UNSEEN,
        f"The host in url is not one of {store} that is known here. Nothing was sent there.",
        "Write the provider's own address, such as https://BUCKET.s3.REGION.amazonaws.com/PATH.",
    )


def _told(facts: Facts) -> Seen:
    files = facts.files
    return Seen(
        checked=(
            *((ROLE_UNSEEN,) if facts.by_role else ()),
            *judge(JUDGES, facts),
            *judge(QUEUE_JUDGES, facts),
            *(judge(FILE_JUDGES, files) if files else ()),
        ),
        notes=(*(notes_on(files) if files else ()), *queue_notes(facts)),
        destination=new_table(facts.bucket.name, files.columns) if files else {},
        called=facts.bucket.name if files else "",
        sample=files.sample if files else (),
    )


class _Reader:
    """Reads the facts of a bucket while there is time."""

    def __init__(
        self, place: Place, endpoints: Endpoints, bucket: Bucket, key: AccessKey | None
    ) -> None:
        self._place = place
        self._endpoints = endpoints
        self._bucket = bucket
        self._key = key
        self._wish = FileWish.of(place.configuration, bucket.pattern)
        self._queue_url = text_of(place.configuration, "queueUrl")

    def facts(self) -> Facts:
        """All there is to judge; asked anew where another region has the bucket."""
        region = self._bucket.region
        with Aws(self._place, self._endpoints, self._key, region) as aws:
            pages = self._pages(aws)
        told = pages[0].region or pages[0].xml.findtext("Region", "")
        if told and told != region and not self._bucket.store and not pages[0].is_ok:
            region = told
        with Aws(self._place, self._endpoints, self._key, region) as aws:
            if region != self._bucket.region:
                pages = self._pages(aws)
            return self._of(aws, pages, told)

    def _of(self, aws: Aws, pages: list[Answer], region: str) -> Facts:
        content = files = None
        archived: tuple[str, ...] = ()
        if pages[0].is_ok:
            rows = [row for page in pages for row in files_of(page)]
            found = matching(
                self._wish.pattern, [file for file, _ in rows], after=self._wish.start_after
            )
            resting = {file.key for file, is_archived in rows if is_archived}
            archived = tuple(file.key for file in found if file.key in resting)
            content, sampled = self._sample(aws, [one for one in found if one.key not in resting])
            is_cut = is_cut_at(pages[-1])
            files = FileFacts(self._wish, Listing(tuple(found), is_cut=is_cut), sampled)
        return Facts(
            bucket=self._bucket,
            by_role=text_of(self._place.configuration, "authentication") == BY_ROLE,
            has_key=self._key is not None,
            region=region,
            page=pages[0],
            content=content,
            files=files,
            archived=archived,
            queue_url=self._queue_url,
            queue=self._queue(aws),
        )

    def _place_of(self, aws: Aws) -> str:
        store = self._bucket.store or self._endpoints.service("s3", aws.region)
        return f"{self._endpoints.store(store)}/{self._bucket.name}"

    def _pages(self, aws: Aws) -> list[Answer]:
        beginning, after = fixed_part(self._wish.pattern), self._wish.start_after
        here = self._place_of(aws)
        return list(pages_of(aws, here, self._place, beginning=beginning, after=after))

    def _sample(self, aws: Aws, found: list[File]) -> tuple[Answer | None, Sampled | None]:
        """The beginning of the last file that is not empty."""
        file = next((one for one in reversed(found) if one.size_bytes), None)
        if file is None:
            return None, None
        answer, part = part_of_file(aws, address_of(self._place_of(aws), file.key), file)
        return answer, sample(file.key, part, self._wish.format) if answer.is_ok else None

    def _queue(self, aws: Aws) -> Queue | None:
        address = queue_of(self._queue_url)
        if address is None or self._key is None:
            return None
        notifications = aws.get(address_of(self._place_of(aws), notification=""))
        return Queue(address, self._attributes(address), notifications)

    def _attributes(self, address: QueueAddress) -> Answer:
        asked: dict[str, JsonValue] = {"QueueUrl": address.url, "AttributeNames": ["All"]}
        with Aws(self._place, self._endpoints, self._key, address.region) as aws:
            return aws.ask("sqs", "AmazonSQS.GetQueueAttributes", "1.0", asked)
