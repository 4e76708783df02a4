"""The addresses ClickPipes connects from, and which of them a service's pipes have.

Source: ClickPipes documentation, static addresses, read in September 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from clickpipes_mcp.diagnosis import DEFAULT_ELSEWHERE, DEFAULT_EU, REGION_SINCE, ServiceFacts

GOOGLE_SINCE: Final = date(2026, 6, 15)
"""Addresses on Google Cloud are for services that had no pipes before."""

_ALWAYS: Final = date.min
_GOOGLE_LATER: Final[Mapping[str, date]] = {"us-west1": date(2026, 7, 1)}
AWS: Final[Mapping[str, tuple[str, ...]]] = {
    "eu-central-1": (
        "18.195.233.217",
        "3.127.86.90",
        "35.157.23.2",
        "18.197.167.47",
        "3.122.25.29",
        "52.28.148.40",
    ),
    "us-east-2": (
        "3.131.130.196",
        "3.23.172.68",
        "3.20.208.150",
        "3.132.20.192",
        "18.119.76.110",
        "3.134.185.180",
    ),
    "us-east-1": (
        "54.82.38.199",
        "3.90.133.29",
        "52.5.177.8",
        "3.227.227.145",
        "3.216.6.184",
        "54.84.202.92",
        "3.131.130.196",
        "3.23.172.68",
        "3.20.208.150",
    ),
    "us-west-2": (
        "52.42.100.5",
        "44.242.47.162",
        "52.40.44.52",
        "44.227.206.163",
        "44.246.241.23",
        "35.83.230.19",
    ),
    "ap-south-1": (
        "13.203.140.189",
        "13.232.213.12",
        "13.235.145.208",
        "35.154.167.40",
        "65.0.39.245",
        "65.1.225.89",
    ),
    "ap-southeast-2": (
        "3.106.48.103",
        "52.62.168.142",
        "13.55.113.162",
        "3.24.61.148",
        "54.206.77.184",
        "54.79.253.17",
    ),
    "ap-northeast-2": (
        "3.38.68.69",
        "52.78.68.128",
        "13.209.152.13",
        "3.38.24.84",
        "3.37.159.31",
        "3.34.25.104",
    ),
    "eu-west-1": (
        "54.228.1.92",
        "54.72.101.254",
        "54.228.16.208",
        "54.76.200.104",
        "52.211.2.177",
        "54.77.10.134",
    ),
    "ap-southeast-3": (
        "16.78.195.195",
        "43.218.184.235",
        "16.79.88.54",
        "16.78.153.162",
        "16.79.6.125",
        "108.137.52.155",
    ),
    "ap-southeast-1": (
        "13.215.65.134",
        "18.139.118.108",
        "47.130.197.47",
        "54.251.134.219",
        "54.254.98.29",
        "54.255.153.106",
    ),
    "af-south-1": (
        "13.245.187.24",
        "15.240.60.178",
        "15.240.81.191",
        "13.245.25.101",
        "13.245.91.225",
        "15.240.54.195",
    ),
    "ap-east-1": (
        "18.166.168.168",
        "43.199.224.85",
        "95.40.0.242",
        "16.162.107.229",
        "43.199.125.240",
        "54.46.86.27",
    ),
    "ap-northeast-1": (
        "54.168.88.92",
        "35.76.97.79",
        "54.64.100.89",
        "54.178.40.17",
        "52.195.101.208",
        "13.193.109.245",
    ),
    "ca-central-1": (
        "52.60.123.235",
        "3.97.222.98",
        "3.99.62.248",
        "15.223.61.186",
        "3.96.255.101",
        "3.97.29.96",
    ),
    "eu-north-1": (
        "13.63.1.65",
        "16.171.127.30",
        "56.228.76.44",
        "13.63.101.248",
        "16.170.124.188",
        "13.60.109.201",
    ),
    "eu-west-2": (
        "13.134.82.158",
        "16.60.209.167",
        "18.134.221.203",
        "16.60.139.176",
        "13.43.66.75",
        "3.11.78.183",
    ),
    "il-central-1": (
        "16.164.25.13",
        "51.84.162.29",
        "51.85.90.183",
        "51.84.36.146",
        "51.84.72.29",
        "51.85.28.184",
    ),
    "sa-east-1": (
        "18.230.164.131",
        "56.126.1.234",
        "18.230.39.24",
        "15.229.102.116",
        "18.230.174.204",
        "18.229.237.116",
    ),
    "mx-central-1": (
        "78.12.67.220",
        "78.12.117.175",
        "78.13.186.238",
        "78.13.219.184",
        "78.13.224.212",
        "78.13.248.162",
    ),
}
GOOGLE: Final[Mapping[str, tuple[str, ...]]] = {
    "asia-northeast1": (
        "104.198.114.210",
        "35.221.66.81",
        "35.243.126.127",
        "136.110.107.86",
        "34.85.18.112",
    ),
    "asia-southeast1": (
        "34.21.197.28",
        "35.197.141.23",
        "35.197.157.90",
        "136.110.17.200",
        "35.185.179.231",
    ),
    "europe-west2": (
        "35.242.131.178",
        "34.39.77.101",
        "34.39.47.179",
        "34.89.53.234",
        "8.228.63.151",
    ),
    "europe-west4": (
        "34.34.86.3",
        "34.6.175.56",
        "34.178.6.187",
        "34.91.204.220",
        "34.12.85.206",
    ),
    "us-central1": (
        "34.28.24.54",
        "34.42.56.195",
        "34.63.141.9",
        "35.238.146.37",
        "34.10.251.49",
    ),
    "us-east1": (
        "34.24.134.232",
        "34.24.214.165",
        "34.24.20.1",
        "35.243.193.248",
        "34.23.98.76",
    ),
    "us-west1": (
        "136.118.254.175",
        "8.229.115.2",
        "34.83.0.219",
        "35.247.34.28",
        "35.199.165.121",
    ),
}


@dataclass(frozen=True)
class Egress:
    """Addresses of a region; `since` is set where older services have others, `instead` whose."""

    region: str
    addresses: tuple[str, ...]
    since: date | None = None
    instead: str = ""


def egress_of(service: ServiceFacts) -> Egress:
    """The addresses that the pipes of a service connect from, as far as it can be told."""
    region, default = service.region, _default(service)
    if service.provider == "gcp" and region in GOOGLE:
        found, since = GOOGLE[region], _GOOGLE_LATER.get(region, GOOGLE_SINCE)
    elif service.provider == "aws" and region in AWS:
        found, since = AWS[region], REGION_SINCE.get(region, _ALWAYS)
    else:
        return Egress(default, AWS[default])
    if since == _ALWAYS:
        return Egress(region, found)
    if service.created_at is None:
        return Egress(region, found, since, default)
    if service.created_at < datetime.combine(since, time(), UTC):
        # A service on Google Cloud that is older but had no pipes is told of both.
        is_sure = service.provider == "aws"
        return Egress(default, AWS[default]) if is_sure else Egress(region, found, since, default)
    return Egress(region, found)


def _default(service: ServiceFacts) -> str:
    is_european = service.region.startswith(("eu-", "europe", "westeurope", "northeurope"))
    return DEFAULT_EU if is_european or "germany" in service.region else DEFAULT_ELSEWHERE
