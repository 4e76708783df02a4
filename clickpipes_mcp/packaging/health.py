"""Whether the server of a container answers; over stdio there is nobody to ask.

The image runs it alone: it imports nothing of this package.
"""

import os
import sys
from http.client import HTTPConnection
from pathlib import Path

REACHED_AT = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104


def main() -> None:
    """Exit with 1 unless it lives, wherever its command line or the environment has it listen."""
    said = Path(sys.argv[1]).read_text(encoding="utf-8")
    words = said.replace("--http=", "--http\0").split("\0")
    bound = os.environ.get("CLICKPIPES_HTTP", "")
    if "--http" in words:
        bound = words[words.index("--http") + 1]
    if not bound:
        return
    host, _, port = bound.rpartition(":")
    connection = HTTPConnection(REACHED_AT.get(host, host), int(port), timeout=3)
    connection.request("GET", "/healthz")
    sys.exit(connection.getresponse().status != 200)


if __name__ == "__main__":
    main()
