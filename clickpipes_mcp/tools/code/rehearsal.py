"""What some steps would do, as each of them tells in a dry run."""

from collections.abc import Sequence
from typing import Any

from clickpipes_mcp.redaction import clean
from clickpipes_mcp.tools.changes import ChangeOutcome, FieldChange, Verdict
from clickpipes_mcp.tools.code.apply import DRY_RUN, ApplyView, StepRow
from clickpipes_mcp.tools.code.nested import Step, call_within
from clickpipes_mcp.tools.dry_run import Outcome
from clickpipes_mcp.tools.record import Call


class RehearsedView(ApplyView):
    """What was done; or in a dry run what would change, break and cost."""

    changes: list[FieldChange] | None = None
    effects: list[str] | None = None
    costs: list[str] | None = None


async def rehearse(call: Call[Any], steps: Sequence[Step]) -> RehearsedView:
    """Try every step without making it.

    Raises:
        ClickPipesError: One of them would be refused.
    """
    left: list[StepRow] = []
    changes: list[FieldChange] = []
    effects: list[str] = []
    costs: list[str] = []
    for step in steps:
        nested = call_within(call, step, dry_run=True)
        view = await nested.run()
        call.warnings += nested.warnings
        if isinstance(view, ChangeOutcome):
            changes += [one for one in view.changes or () if one.verdict != Verdict.UNCHANGED]
        if isinstance(view, Outcome):
            effects += view.effects or ()
            costs += view.costs or ()
        outcome = f"{step.why}, in a call without dry_run"
        left.append(StepRow(clickpipe=clean(step.pipe, limit=80), tool=step.tool, outcome=outcome))
    return RehearsedView(
        summary=DRY_RUN,
        left=left,
        changes=changes or None,
        effects=list(dict.fromkeys(effects)) or None,
        costs=list(dict.fromkeys(costs)) or None,
    )
