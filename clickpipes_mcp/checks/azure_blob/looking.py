"""Asks Azure about a container and its files, and judges what it read.

Azure's own library signs and asks, over connections that go to the addresses that were judged. It
is given the account, never the connection string, and no credential but the one of the arguments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from clickpipes_mcp.checks.azure_blob.connection_strings import Account, read_account
from clickpipes_mcp.checks.azure_blob.facts import Facts, Refusal
from clickpipes_mcp.checks.azure_blob.prerequisites import JUDGES, SOON
from clickpipes_mcp.checks.checklist import Checked, Outcome, Place, Seen, text_of
from clickpipes_mcp.checks.files.listing import MOST_FILES, File, Listing, fixed_part, matching
from clickpipes_mcp.checks.files.prerequisites import FILE_JUDGES, FileFacts, FileWish, notes_on
from clickpipes_mcp.checks.files.samples import Part, sample
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES
from clickpipes_mcp.checks.judging import judge
from clickpipes_mcp.checks.pinned_requests import pinned_session
from clickpipes_mcp.checks.table_proposal import new_table

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError
    from azure.storage.blob import BlobProperties, ContainerClient

_PAGE: Final = 1000
_LEFT_FOR_THE_REST_S: Final = 6.0
_ARCHIVE: Final = "Archive"


@dataclass(frozen=True)
class ContainerLook:
    """A look at a container; `endpoint` in place of the account's own is for tests alone."""

    endpoint: str = ""

    def __call__(self, place: Place) -> Seen:
        """List the files, and read the beginning of one."""
        account = read_account(text_of(place.configuration, "connectionString"))
        if isinstance(account, Checked):
            return Seen((account,))
        if self.endpoint:
            account = replace(account, endpoint=self.endpoint)
        return _asked(account, place)


def _asked(account: Account, place: Place) -> Seen:
    from azure.core.exceptions import AzureError  # optional extra

    try:
        with _client(account, place) as client:
            return _told(_Reader(client, account, place).facts())
    except AzureError as error:
        return Seen((_unreached(error),))


def _client(account: Account, place: Place) -> "ContainerClient":
    from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
    from azure.core.pipeline.transport import RequestsTransport
    from azure.storage.blob import ContainerClient

    credential: Any = (
        AzureSasCredential(account.token)
        if account.token
        else AzureNamedKeyCredential(account.name, account.key)
    )
    return ContainerClient(
        account.endpoint,
        text_of(place.configuration, "azureContainerName"),
        credential=credential,
        transport=RequestsTransport(session=pinned_session(place), use_env_settings=False),
        retry_total=0,
        permit_redirects=False,
    )


def _unreached(error: Exception) -> Checked:
    return Checked(
        "reachable",
        Outcome.UNSEEN,
        f"Azure did not answer from here: {type(error).__name__}.",
        "Correct the account in the connection string, and let this machine reach it. ClickPipes "
        "has its own way there.",
    )


def _told(facts: Facts) -> Seen:
    files = facts.files
    return Seen(
        checked=(*judge(JUDGES, facts), *(judge(FILE_JUDGES, files) if files else ())),
        notes=tuple(_notes(facts)),
        destination=new_table(facts.container, files.columns) if files else {},
        called=facts.container if files else "",
        sample=files.sample if files else (),
    )


def _notes(facts: Facts) -> Iterator[str]:
    sas = facts.account.signature
    if sas is None:
        yield "The account key may do everything. A SAS of the container with Read and List does."
    elif sas.ends and facts.now < sas.ends < facts.now + SOON:
        yield f"The SAS ends on {sas.ends:%Y-%m-%d}, and with it the pipe stops reading."
    if facts.files:
        yield from notes_on(facts.files)


class _Reader:
    """Reads the facts of a container while there is time."""

    def __init__(self, client: "ContainerClient", account: Account, place: Place) -> None:
        self._client = client
        self._place = place
        self._facts = Facts(account, client.container_name, datetime.now(UTC))
        self._is_cut = False

    def facts(self) -> Facts:
        """All there is to judge."""
        from azure.core.exceptions import HttpResponseError

        wish = FileWish.of(
            self._place.configuration, text_of(self._place.configuration, "path").lstrip("/")
        )
        try:
            blobs = list(self._blobs(fixed_part(wish.pattern)))
        except HttpResponseError as error:
            return replace(self._facts, listing_refused=_refusal(error))
        files = [File(one.name, one.size, one.last_modified) for one in blobs]
        found = matching(wish.pattern, files, after=wish.start_after)
        chosen = {one.key for one in found}
        archived = tuple(
            one.name for one in blobs if one.name in chosen and one.blob_tier == _ARCHIVE
        )
        known = replace(
            self._facts,
            archived=archived,
            files=FileFacts(wish, Listing(tuple(found), is_cut=self._is_cut), None),
        )
        readable = [one for one in found if one.size_bytes and one.key not in archived]
        return self._sampled(known, wish, readable[-1]) if readable else known

    def _blobs(self, beginning: str) -> "Iterator[BlobProperties]":
        pages: Any = self._client.list_blobs(
            name_starts_with=beginning or None, results_per_page=_PAGE
        ).by_page()
        for number, page in enumerate(pages, start=1):
            yield from page
            if number * _PAGE >= MOST_FILES or self._place.remaining_s() < _LEFT_FOR_THE_REST_S:
                self._is_cut = bool(pages.continuation_token)
                return

    def _sampled(self, known: Facts, wish: FileWish, file: File) -> Facts:
        from azure.core.exceptions import HttpResponseError

        def read(at: int, wanted: int) -> bytes:
            return self._client.download_blob(
                file.key, offset=at, length=wanted, max_concurrency=1
            ).readall()

        size = file.size_bytes
        try:
            content = read(0, min(MOST_BYTES, size))
            part = Part(content, size <= MOST_BYTES, lambda wanted: read(size - wanted, wanted))
            sampled = sample(file.key, part, wish.format)
        except HttpResponseError as error:
            return replace(known, reading_refused=_refusal(error))
        files = replace(known.files, sampled=sampled) if known.files else None
        return replace(known, was_read=True, files=files)


def _refusal(error: "HttpResponseError") -> Refusal:
    """Azure's code alone: its sentences repeat what was signed."""
    code = getattr(error, "error_code", None)
    return Refusal(error.status_code or 0, str(getattr(code, "value", code) or ""))
