"""Who hosts a source, as far as its type, its address or an error text tells.

A remedy has another form at every provider: a parameter group, a flag, a page of a console.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Provider(StrEnum):
    """Where a source runs."""

    RDS = "Amazon RDS"
    AURORA = "Amazon Aurora"
    CLOUD_SQL = "Google Cloud SQL"
    ALLOYDB = "Google AlloyDB"
    AZURE = "Azure"
    SUPABASE = "Supabase"
    NEON = "Neon"
    PLANETSCALE = "PlanetScale"
    ATLAS = "MongoDB Atlas"
    DOCUMENTDB = "Amazon DocumentDB"
    MSK = "Amazon MSK"
    CONFLUENT = "Confluent Cloud"
    EVENT_HUBS = "Azure Event Hubs"
    OWN = "a server of your own"


_OF_TYPE: Final[Mapping[str, Provider]] = {
    "rdspostgres": Provider.RDS,
    "rdsmysql": Provider.RDS,
    "rdsmariadb": Provider.RDS,
    "aurorapostgres": Provider.AURORA,
    "auroramysql": Provider.AURORA,
    "cloudsqlpostgres": Provider.CLOUD_SQL,
    "cloudsqlmysql": Provider.CLOUD_SQL,
    "alloydb": Provider.ALLOYDB,
    "azurepostgres": Provider.AZURE,
    "supabase": Provider.SUPABASE,
    "neon": Provider.NEON,
    "planetscale": Provider.PLANETSCALE,
    "planetscalevitess": Provider.PLANETSCALE,
    "msk": Provider.MSK,
    "confluent": Provider.CONFLUENT,
    "azureeventhub": Provider.EVENT_HUBS,
}
"""Source: OpenAPI contract, the types of Postgres, MySQL and Kafka sources."""

_OF_ADDRESS: Final = tuple(
    (provider, re.compile(pattern, re.IGNORECASE))
    for provider, pattern in (
        (Provider.AURORA, r"\.cluster-(?:ro-|custom-)?\w+\.[\w-]+\.rds\.amazonaws"),
        (Provider.RDS, r"\.rds\.amazonaws\.com|/rdsdbdata/|\brds\."),
        (Provider.AZURE, r"\.(?:postgres|mysql|mariadb)\.database\.azure\.com"),
        (Provider.SUPABASE, r"supabase\.(?:co|com)\b|supavisor"),
        (Provider.NEON, r"\bneon\.tech\b|NeonDbError"),
        (Provider.PLANETSCALE, r"\bpsdb\.cloud\b|planetscale|vttablet"),
        (Provider.DOCUMENTDB, r"\.docdb(?:-elastic)?\.amazonaws|DocumentDB"),
        (Provider.ATLAS, r"\.mongodb\.net\b|AtlasError"),
        (Provider.MSK, r"\.kafka(?:-serverless)?\.[\w-]+\.amazonaws\.com|AWS_MSK_IAM"),
        (Provider.CONFLUENT, r"\.confluent\.cloud\b"),
        (Provider.EVENT_HUBS, r"\.servicebus\.windows\.net\b"),
    )
)


def provider_of(source_type: str, texts: Iterable[str]) -> Provider | None:
    """Who hosts a source of that type, or of whom the addresses and errors tell; None if nobody."""
    typed = _OF_TYPE.get(source_type)
    if typed is not None:
        return typed
    return next((named for text in texts if (named := _named_in(text))), None)


def _named_in(text: str) -> Provider | None:
    for provider, pattern in _OF_ADDRESS:
        if pattern.search(text):
            return provider
    return None
