"""An image: no root, nothing to build with, and only /state to write to."""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.packaging.description import NAME, SUMMARY, TITLE, Description
from clickpipes_mcp.packaging.target import Target

EXTRAS: Final = "otel,passkey,store"
"""What a server of a team needs besides; a keyring has no use in a container."""

_IGNORED = """# All but what the package is built from.
*
!pyproject.toml
!README.md
!LICENSE
!clickpipes_mcp
!tool_schemas
**/__pycache__
"""


def _files(description: Description) -> Mapping[str, object]:
    return {
        "Dockerfile": _dockerfile(description),
        "Dockerfile.dockerignore": _IGNORED,
    }


def _dockerfile(description: Description) -> str:
    return f"""# In a clone:
#   docker build -t {description.image} -f clickpipes_mcp/packaging/kept/docker/Dockerfile .
#   docker run -i --rm --read-only --cap-drop ALL -v clickpipes:/state {description.image}
# With what check_source needs: --build-arg EXTRAS=checks,{EXTRAS}
# Over HTTP: -p 8000:8000 -e CLICKPIPES_HTTP=0.0.0.0:8000, and the variables for callers.
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
ARG EXTRAS={EXTRAS}
ENV SETUPTOOLS_SCM_PRETEND_VERSION={description.version}
RUN python -m venv --without-pip /opt/clickpipes \\
    && pip --python /opt/clickpipes install --no-cache-dir "/source[$EXTRAS]" \\
    && cp clickpipes_mcp/packaging/health.py /opt/clickpipes/

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
    checked_by="hadolint; buildah 1.28 over Debian 13; its server and health check ran",
    files=_files,
)
