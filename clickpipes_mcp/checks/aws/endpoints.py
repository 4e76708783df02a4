"""Where Amazon's services answer, and what the regions belong to."""

import re
from dataclasses import dataclass
from typing import Final

REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}")
_CHINA: Final = "cn-"
_PARTITIONS: Final = {_CHINA: "aws-cn", "us-gov-": "aws-us-gov"}


def partition_of(region: str) -> str:
    """What the names of things in a region begin with, behind `arn:`."""
    return next((name for start, name in _PARTITIONS.items() if region.startswith(start)), "aws")


@dataclass(frozen=True)
class Endpoints:
    """Amazon's own addresses, or one place where all of its services answer."""

    elsewhere: str = ""

    def service(self, name: str, region: str) -> str:
        """The address of a service in a region."""
        china = ".cn" if region.startswith(_CHINA) else ""
        return self.elsewhere or f"https://{name}.{region}.amazonaws.com{china}"

    def store(self, address: str) -> str:
        """The address of an object store."""
        return self.elsewhere or address


AMAZON: Final = Endpoints()
