"""Where Google answers. Nobody but a test gives others: a key never chooses where it goes."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Endpoints:
    """The beginning of the address of each service."""

    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 # an address
    storage: str = "https://storage.googleapis.com"
    pubsub: str = "https://pubsub.googleapis.com"
    bigquery: str = "https://bigquery.googleapis.com"
    projects: str = "https://cloudresourcemanager.googleapis.com"


GOOGLE: Final = Endpoints()
