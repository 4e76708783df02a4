"""Asks Google about the tables of a BigQuery project, and judges what it read.

No row is read. The one query is a dry run: it tells whether the account may run jobs, runs
nothing and costs nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pydantic import JsonValue

from clickpipes_mcp.checks.bigquery.facts import Bucket, Facts, Table, Wish
from clickpipes_mcp.checks.bigquery.prerequisites import BUCKET_RIGHTS, JUDGES, TABLE_RIGHTS
from clickpipes_mcp.checks.bigquery.proposal import notes_on, propose
from clickpipes_mcp.checks.checklist import Checked, LookEnded, Place, Seen, part_of, text_of
from clickpipes_mcp.checks.google.endpoints import GOOGLE, Endpoints
from clickpipes_mcp.checks.google.fields import rows_of, words_of
from clickpipes_mcp.checks.google.keys import AccountKey, read_key
from clickpipes_mcp.checks.google.requests import Google
from clickpipes_mcp.checks.judging import judge

MOST_TABLES: Final = 40
"""Tables that are looked at; each takes two requests."""

_MOST_DATASETS: Final = 20
_LEFT_FOR_THE_REST_S: Final = 4.0
_SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
"""What asking for rights takes. Everything that is asked here only reads."""

_TRIED: Final[Mapping[str, JsonValue]] = {
    "query": "SELECT 1",
    "useLegacySql": False,
    "dryRun": True,
}


@dataclass(frozen=True)
class ProjectLook:
    """A look at a project, where Google answers."""

    endpoints: Endpoints = GOOGLE

    def __call__(self, place: Place) -> Seen:
        """Read the tables, the staging bucket, and what the account may do there."""
        configuration = place.configuration
        key = read_key(text_of(part_of(configuration, "credentials"), "serviceAccountFile"))
        if isinstance(key, Checked):
            return Seen((key,))
        try:
            with Google(place, self.endpoints, key, _SCOPES) as google:
                return _told(_Reader(google, place, Wish.of(configuration, key)).facts(key))
        except LookEnded as end:
            return Seen((end.why,))


def _told(facts: Facts) -> Seen:
    proposal = propose(facts)
    return Seen(
        checked=tuple(judge(JUDGES, facts)),
        notes=tuple(notes_on(facts)),
        proposal=proposal,
        destination={"database": "default"} if proposal else {},
        called=facts.found[0].place[0] if facts.found else "",
    )


class _Reader:
    """Reads the facts of a project while there is time."""

    def __init__(self, google: Google, place: Place, wish: Wish) -> None:
        self._google = google
        self._place = place
        self._wish = wish
        self._url = f"{google.endpoints.bigquery}/bigquery/v2/projects/{_part(wish.project)}"

    def facts(self, key: AccountKey) -> Facts:
        """All there is to judge."""
        job = self._google.post(f"{self._url}/queries", _TRIED)
        if job.is_off:  # then nothing else is answered either
            return Facts(self._wish, key, job, (), None)
        bucket = self._bucket() if self._wish.bucket else None
        places = list(self._wish.mappings) or list(self._places())
        tables: list[Table] = []
        for place in places[:MOST_TABLES]:
            if self._place.remaining_s() < _LEFT_FOR_THE_REST_S:
                break
            tables.append(self._table(place))
        is_cut = len(tables) < len(places)
        return Facts(self._wish, key, job, tuple(tables), bucket, is_cut=is_cut)

    def _places(self) -> Iterator[tuple[str, str]]:
        datasets = self._google.get(f"{self._url}/datasets", maxResults=str(_MOST_DATASETS))
        for row in rows_of(datasets.body, "datasets"):
            dataset = text_of(part_of(row, "datasetReference"), "datasetId")
            tables = self._google.get(
                f"{self._url}/datasets/{_part(dataset)}/tables", maxResults=str(MOST_TABLES + 1)
            )
            for one in rows_of(tables.body, "tables"):
                yield dataset, text_of(part_of(one, "tableReference"), "tableId")

    def _table(self, place: tuple[str, str]) -> Table:
        dataset, table = map(_part, place)
        url = f"{self._url}/datasets/{dataset}/tables/{table}"
        answer = self._google.get(url)
        rights = self._google.rights(url, TABLE_RIGHTS) if answer.is_ok else None
        return Table(place, answer, rights)

    def _bucket(self) -> Bucket:
        name = self._wish.bucket
        url = f"{self._google.endpoints.storage}/storage/v1/b/{_part(name)}"
        held = self._google.get(f"{url}/iam/testPermissions", permissions=BUCKET_RIGHTS)
        rights = frozenset(words_of(held.body, "permissions")) if held.is_ok else None
        return Bucket(name, self._google.get(url), rights)


def _part(name: str) -> str:
    return quote(name, safe="")
