"""An image: no root, nothing to build with, and only /state to write to."""

from collections.abc import Mapping

from clickpipes_mcp.packaging.description import NAME, SUMMARY, TITLE, Description
from clickpipes_mcp.packaging.target import Target

_IGNORED = """# All but what the package is built from.
*
!pyproject.toml
!README.md
!LICENSE
!clickpipes_mcp
**/__pycache__
"""

_HEALTH = '''"""Whether the server of this container answers; over stdio there is nobody to ask."""

import os
import sys
from http.client import HTTPConnection
from pathlib import Path

REACHED_AT = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def main() -> None:
    """Exit with 1 unless it lives, wherever its command line or the environment has it listen."""
    said = Path(sys.argv[1]).read_text(encoding="utf-8")
    words = said.replace("--http=", "--http\\0").split("\\0")
    bound = os.environ.get("CLICKPIPES_HTTP", "")
    if "--http" in words:
        bound = words[words.index("--http") + 1]
    if not bound:
        return
    host, _, port = bound.rpartition(":")
    connection = HTTPConnection(REACHED_AT.get(host, host), int(port), timeout=3)
    connection.request("GET", "/healthz")
    sys.exit(connection.getresponse().status != 200)


main()
'''


def _files(description: Description) -> Mapping[str, object]:
    return {
        "Dockerfile": _dockerfile(description),
        "Dockerfile.dockerignore": _IGNORED,
        "health.py": _HEALTH,
    }


def _dockerfile(description: Description) -> str:
    return f"""# In a clone:
#   docker build -t {NAME} -f clickpipes_mcp/packaging/kept/docker/Dockerfile .
#   docker run -i --rm --read-only --cap-drop ALL -v clickpipes:/state {NAME}
# Over HTTP: -p 8000:8000 -e CLICKPIPES_HTTP=0.0.0.0:8000, and the variables for callers.
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
ENV SETUPTOOLS_SCM_PRETEND_VERSION={description.version}
RUN python -m venv --without-pip /opt/clickpipes \\
    && pip --python /opt/clickpipes install --no-cache-dir . \\
    && cp clickpipes_mcp/packaging/kept/docker/health.py /opt/clickpipes/

FROM python:3.13-slim
LABEL org.opencontainers.image.title="{TITLE}" \\
    org.opencontainers.image.description="{SUMMARY}" \\
    org.opencontainers.image.version="{description.version}" \\
    org.opencontainers.image.licenses="{description.license}"{_named(description)}
RUN pip uninstall --yes pip \\
    && rm -rf /usr/local/lib/python3.13/ensurepip \\
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin clickpipes \\
    && install --directory --owner 10001 --group 10001 --mode 700 /state
COPY --from=build /opt/clickpipes /opt/clickpipes
ENV PATH=/opt/clickpipes/bin:$PATH \\
    HOME=/state \\
    PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1 \\
    CLICKPIPES_OPEN_BROWSER=false
USER 10001:10001
WORKDIR /state
VOLUME /state
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \\
    CMD ["python", "/opt/clickpipes/health.py", "/proc/1/cmdline"]
ENTRYPOINT ["{NAME}"]
"""


def _named(description: Description) -> str:
    """What the registry of the Model Context Protocol asks of an image that server.json names."""
    if description.namespace is None:
        return ""
    return f' \\\n    io.modelcontextprotocol.server.name="{description.namespace}/{NAME}"'


TARGET = Target(
    key="docker",
    title="Container image",
    documentation="https://docs.docker.com/reference/dockerfile/",
    install="`docker build`, as its first lines say",
    checked_by="hadolint; its programs, without root on a read-only disk; no image was built yet",
    files=_files,
)
