"""The environment variables that settings are read from.

The API's credentials are accepted under the names that the Terraform provider, clickhousectl,
community clients and the API reference page use.
"""

from collections.abc import Mapping

PREFIX = "CLICKPIPES_"

KEY_FAMILIES = (
    ("CLICKPIPES_KEY_ID", "CLICKPIPES_KEY_SECRET"),
    ("CLICKHOUSE_CLOUD_API_KEY", "CLICKHOUSE_CLOUD_API_SECRET"),
    ("CLICKHOUSE_CLOUD_KEY_ID", "CLICKHOUSE_CLOUD_KEY_SECRET"),
    ("CLICKHOUSE_TOKEN_KEY", "CLICKHOUSE_TOKEN_SECRET"),
    ("KEY_ID", "KEY_SECRET"),
)
"""Pairs of variables that name an API key; the first family with anything set is the one used.

Source: the Terraform provider's and clickhousectl's documentation, the API reference page.
"""

BARE_KEY = KEY_FAMILIES[-1]
BARE_PLACES = ("ORG_ID", "SERVICE_ID")
"""Names without a prefix, which other programs use as well for something else.

Source: the API reference page, which uses all four together.
"""

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "key_id": tuple(key_id for key_id, _ in KEY_FAMILIES),
    "key_secret": tuple(secret for _, secret in KEY_FAMILIES),
    "organization_id": ("CLICKPIPES_ORGANIZATION_ID", "CLICKHOUSE_ORG_ID", "ORG_ID"),
    "service_id": ("CLICKPIPES_SERVICE_ID", "CLICKHOUSE_SERVICE_ID", "SERVICE_ID"),
    "api_url": ("CLICKPIPES_API_URL", "CLICKHOUSE_API_URL", "CLICKHOUSE_CLOUD_API_URL"),
}
"""Variables of the settings that go by several names; the others are the prefix and the name."""


def variables_of(setting: str) -> tuple[str, ...]:
    """The variables that set it, preferred first."""
    return VARIABLES.get(setting, (PREFIX + setting.upper(),))
