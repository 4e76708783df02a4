"""What a diagnosis found, as sentences for a person: none of them is cut."""

from collections.abc import Iterator, Mapping

FINDINGS = "findings"


def diagnosis_lines(content: Mapping[str, object]) -> Iterator[str]:
    """Each finding with its reason, evidence and steps, below the summary of the answer."""
    findings = _rows(content, FINDINGS)
    steps = _rows(content, "steps")
    for finding in findings:
        if len(findings) > 1:
            yield f"{finding['no']}. {finding['what']}."
        yield str(finding["why"])
        yield str(finding["evidence"])
        for step in steps:
            if step["no"] == finding["no"]:
                yield f"- {step['step']} {step.get('code', '')}".rstrip()


def _rows(content: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    rows = content.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
