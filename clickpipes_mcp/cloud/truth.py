"""What may stand for a true value where it is remembered, written down or shown.

Whoever does not hold the key of the store cannot tell from a digest what it is of, and so cannot
find a secret by trying.
"""

import hashlib
import hmac
import json
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.settings import Settings

_UNORDERED: Final = frozenset(
    {"excludedColumns", "reversePrivateEndpointIds", "roles", "tableMappings"}
)
"""Lists that the API may return in another order than they were sent in.

Source: the Terraform provider treats them as sets.
"""


def store_key(settings: Settings) -> bytes:
    """The key of everything that processes with the same API key remember of true values."""
    secret = settings.key_secret
    own = secret.get_secret_value() if secret else settings.environment
    return hashlib.sha256(f"clickpipes journal {own}".encode()).digest()


def digest(value: JsonValue, key: bytes) -> str:
    """Does not change with the order of keys or of unordered lists."""
    text = json.dumps(_ordered(value), sort_keys=True, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def _ordered(value: JsonValue, key: str = "") -> JsonValue:
    if isinstance(value, dict):
        return {name: _ordered(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [_ordered(item) for item in value]
        return (
            sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
            if (key in _UNORDERED)
            else items
        )
    return value
