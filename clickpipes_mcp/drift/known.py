"""What this package holds on purpose against the document: facts of sources, and all others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from clickpipes_mcp.contract import KnownDifference, SourceSpec
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.sources.known_differences import SOURCE_DIFFERENCES

_ENDPOINTS: Final = (
    "list_private_endpoints answer[]",
    "get_private_endpoint answer",
    "create_private_endpoint answer",
    "update_private_endpoint answer",
)
_SETTINGS: Final = ("create_pipe settings.", "put_pipe_settings ")
_KEYS: Final = "/v1/organizations/{}/services/{}/clickpipesSshKeyResources"
_SSH_KEYS: Final = (
    ("list_ssh_keys", f"GET {_KEYS}"),
    ("create_ssh_key", f"POST {_KEYS}"),
    ("get_ssh_key", f"GET {_KEYS}/{{}}"),
    ("delete_ssh_key", f"DELETE {_KEYS}/{{}}"),
    ("validate_ssh_key", f"POST {_KEYS}/{{}}/validate"),
)

OTHER_DIFFERENCES: Final = (
    KnownDifference(
        "the reference page has another key; CLICKPIPES_API_DIALECT=reference-page sends it",
        "reference page of the ClickPipes API, “Change the state of a ClickPipe”",
        ("set_pipe_state action: only ours", "set_pipe_state command required: only the document"),
    ),
    KnownDifference(
        "the reference page has another path; CLICKPIPES_API_DIALECT=reference-page uses it",
        "reference page of the ClickPipes API, CDC scaling",
        tuple(
            f"{name} {method} /v1/organizations/{{}}/clickpipes/cdcScaling: only ours"
            for name, method in (("get_cdc_scaling", "GET"), ("update_cdc_scaling", "PATCH"))
        ),
    ),
    KnownDifference(
        "newer than the document of August 2026",
        "clickhousectl 0.5.0 asks for it",
        ("get_context GET /v1/organizations/{}/services/{}/clickpipes/context: only ours",),
    ),
    KnownDifference(
        "newer than the document of August 2026",
        "clickhousectl 0.5.0 sends it",
        (
            "create_pipe startPaused: only ours",
            "create_pipe destination.tableDefinition.ttl: only ours",
            *(f"{place}kafka_read_committed: only ours" for place in _SETTINGS),
            "get_pipe_settings answer.kafka_read_committed: only ours",
            "put_pipe_settings answer.kafka_read_committed: only ours",
            "create_private_endpoint customPrivateDnsMappings[].targetId: only ours",
            "update_private_endpoint customPrivateDnsMappings[].targetId: only ours",
            *(f"{place}.customPrivateDnsMappings[].targetId: only ours" for place in _ENDPOINTS),
            *(f"{place}.dnsTargets: only ours" for place in _ENDPOINTS),
        ),
    ),
    KnownDifference(
        "newer than the document of August 2026",
        "Terraform provider 3.33, internal/api/clickpipe_ssh_key.go",
        tuple(f"{name} {path}: only ours" for name, path in _SSH_KEYS),
    ),
    KnownDifference(
        "written by this package where a caller leaves it out, as the provider does",
        "Terraform provider 3.33, docs/resources/clickpipes_ssh_key.md",
        ("create_ssh_key port required: only the document",),
    ),
    KnownDifference(
        "the API enforces a narrower range than it publishes",
        "github.com/ClickHouse/clickhousectl/issues/794",
        tuple(
            f"{place}object_storage_max_insert_bytes {limit}"
            for place in _SETTINGS
            for limit in (
                "minimum: the document 10485760, ours 524288000",
                "maximum: the document 53687091200, ours 10737418240",
            )
        ),
    ),
    KnownDifference(
        "said in the document by another schema, or in words",
        "ClickPipe.name, ClickPipeScalingPatchRequest.concurrency, "
        "CreateReversePrivateEndpoint.description",
        (
            "create_pipe name maxLength 255: only ours",
            "update_pipe name maxLength 255: only ours",
            "create_pipe scaling.concurrency minimum 0: only ours",
            "create_pipe scaling.concurrency maximum 34: only ours",
            "create_private_endpoint description maxLength 255: only ours",
        ),
    ),
    KnownDifference(
        "a full DNS name has at most 253 characters, 255 in the form that is counted there",
        "RFC 1035, section 2.3.4",
        tuple(
            f"{name} customPrivateDnsMappings[].privateDnsName maxLength 255: only ours"
            for name in ("create_private_endpoint", "update_private_endpoint")
        ),
    ),
    KnownDifference(
        "checked by the API and then not applied; settings have an operation of their own",
        "github.com/ClickHouse/terraform-provider-clickhouse, which sends them there",
        ("update_pipe settings: only the document",),
    ),
)


def known_lines() -> Mapping[str, KnownDifference]:
    """Every line that is known, under the operations it is printed with."""
    lines = {line: known for known in OTHER_DIFFERENCES for line in known.lines}
    for arm, differences in SOURCE_DIFFERENCES.items():
        for known in differences:
            for line in known.lines:
                lines |= dict.fromkeys(in_operations(arm, line), known)
    return {**lines, **newer_sources(SOURCES)}


def newer_sources(sources: Iterable[SourceSpec]) -> Mapping[str, KnownDifference]:
    """The lines about sources of which the document knows nothing, as they say themselves."""
    return {
        f"{operation} source.{source.arm}: only ours": KnownDifference(
            "newer than the document of August 2026", source.known_from, ()
        )
        for source in sources
        if source.known_from
        for operation in _taking(source)
    }


def _taking(source: SourceSpec) -> Iterator[str]:
    """The operations that take a source."""
    yield "create_pipe"
    if source.update is not None:
        yield "update_pipe"
    if source.discoverable:
        yield "discover_schema"


def in_operations(arm: str, line: str) -> Iterator[str]:
    """A line of a source, as it is printed for each operation that takes that part of it."""
    request, _, rest = line.partition(" ")
    is_whole = request.endswith(":")
    request = request.removesuffix(":")
    operations = {"create": ["create_pipe"], "update": ["update_pipe"], "discover": []}[request]
    if request == "discover" or (request == "create" and _is_discoverable(arm)):
        operations = [*operations, "discover_schema"]
    for operation in operations:
        yield f"{operation} source.{arm}" + (f": {rest}" if is_whole else f".{rest}")


def _is_discoverable(arm: str) -> bool:
    return any(source.discoverable for source in SOURCES if source.arm == arm)
