"""Every kind of loss has its words for the person who decides."""

import pytest

from clickpipes_mcp.consent import CHANGES
from clickpipes_mcp.source_facts import Loss


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_is_told(loss) -> None:
    lost, kept, undo = CHANGES[loss].lines()

    assert lost.startswith("Lost: ")
    assert kept.startswith("Stays: ")
    assert "undo" in undo
