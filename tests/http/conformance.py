"""Scenarios of the protocol's conformance suite that say nothing about this server, and why."""

from collections.abc import Mapping

SUITE = "@modelcontextprotocol/conformance 0.2.0-alpha.12"
VERSIONS = ("2026-07-28", "2025-11-25")
EXTENSIONS = (
    "sep-2640-skills-directory",
    "sep-2640-skills-enumeration",
    "sep-2640-skills-manifest",
)

_OWN_SERVER = "Calls tools, resources or prompts of a server made for the suite."
_NEVER_ASKED = "This server asks for neither sampling nor roots."
_NOTHING_CHANGES = "Nothing that is listed changes, so nothing can be subscribed to."
_NO_TASKS = "The extension for tasks is not offered: wait_for_clickpipe waits."

NOT_APPLICABLE: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "tools-call-simple-text",
            "tools-call-image",
            "tools-call-audio",
            "tools-call-embedded-resource",
            "tools-call-mixed-content",
            "tools-call-error",
            "tools-call-with-progress",
            "tools-call-elicitation",
            "elicitation-sep1034-defaults",
            "elicitation-sep1330-enums",
            "json-schema-2020-12",
            "resources-read-text",
            "resources-read-binary",
            "resources-templates-read",
            "prompts-get-simple",
            "prompts-get-with-args",
            "prompts-get-embedded-resource",
            "prompts-get-with-image",
            "input-required-result-basic-elicitation",
            "input-required-result-request-state",
            "input-required-result-multiple-input-requests",
            "input-required-result-multi-round",
            "input-required-result-non-tool-request",
            "input-required-result-result-type",
            "input-required-result-tampered-state",
            "input-required-result-capability-check",
        ),
        _OWN_SERVER,
    ),
    "server-stateless": "Its checks of the protocol pass; four call tools of a server made for the "
    "suite.",
    "http-custom-header-server-validation": "No tool takes an argument from a header.",
    **dict.fromkeys(
        (
            "tools-call-sampling",
            "input-required-result-basic-sampling",
            "input-required-result-basic-list-roots",
        ),
        _NEVER_ASKED,
    ),
    **dict.fromkeys(
        ("logging-set-level", "tools-call-with-logging"),
        "The operator sets the log level; the protocol has given it up.",
    ),
    **dict.fromkeys(("resources-subscribe", "resources-unsubscribe"), _NOTHING_CHANGES),
}
"""By name; every other scenario passes in every version that has it."""


def table() -> str:
    """The block of the page about clients."""
    by_reason: dict[str, list[str]] = {}
    for scenario, reason in NOT_APPLICABLE.items():
        by_reason.setdefault(reason, []).append(f"`{scenario}`")
    scope = f"`{SUITE}`, protocol {' and '.join(VERSIONS)} and the extension for skills"
    lines = [
        f"{scope}: every scenario passes but those below.",
        "",
        "| scenario | why it says nothing here |",
        "|---|---|",
        *(f"| {', '.join(names)} | {reason} |" for reason, names in by_reason.items()),
        f"| `tasks-*` | {_NO_TASKS} |",
    ]
    return "\n".join(lines)
