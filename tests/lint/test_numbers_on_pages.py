"""The numbers that pages tell people are those that the program keeps to."""

from pathlib import Path

import pytest

import clickpipes_mcp
from clickpipes_mcp.asked_secrets.vault import KEPT_S
from clickpipes_mcp.cloud.rate_limit import REMEMBERED_S, WINDOW_S
from clickpipes_mcp.consent.desk import PATIENCE_S
from clickpipes_mcp.consent.pin import MOST_TRIES, PAUSE_S
from clickpipes_mcp.consent.tokens import LIFETIME_S
from clickpipes_mcp.http.connections import BODY_MAY_TAKE_S, HEADERS_MAY_TAKE_S, MOST_CONNECTIONS
from clickpipes_mcp.http.peeked_bodies import MAX_BODY_BYTES
from clickpipes_mcp.http.serving import HTTP_CALLS_MAY_TAKE_S
from clickpipes_mcp.http.visitors import LASTS_S
from clickpipes_mcp.settings import Settings
from clickpipes_mcp.store.clocks import MOST_S, NOTICED_S
from clickpipes_mcp.tools.fences import PROTECTED_FOR_S
from clickpipes_mcp.tools.polling import LONGEST_WAIT_S

PACKAGE = Path(clickpipes_mcp.__file__).parent
WORDS = {5: "five", 8: "eight", 10: "ten"}
SPANS = {1: "a second", 30: "half minute", 3600: "an hour", 7 * 86_400: "a week"}
DEFAULT = Settings()

SAID = (
    ("HTTP.md", f"within {HEADERS_MAY_TAKE_S:g} s, its body within {BODY_MAY_TAKE_S:g} s"),
    ("HTTP.md", f"room for {MOST_CONNECTIONS:,} connections"),
    ("HTTP.md", f"bodies above {MAX_BODY_BYTES / 2**20:g} MiB 413"),
    ("HTTP.md", f"calls have {HTTP_CALLS_MAY_TAKE_S:g} s to finish"),
    ("HTTP.md", f"for {WORDS[LASTS_S / 3600]} hours at most"),
    ("HTTP.md", f"ten requests in {WORDS[WINDOW_S]} seconds"),
    ("TEAM.md", f"longer than {HTTP_CALLS_MAY_TAKE_S:g} s at that moment"),
    ("TEAM.md", f"more than {SPANS[NOTICED_S]} apart; from {MOST_S:g} seconds on"),
    ("SAFETY.md", f"waits up to {PATIENCE_S:g} seconds for you"),
    ("SAFETY.md", f"counts once, within {WORDS[LIFETIME_S / 60]} minutes"),
    ("SAFETY.md", f"after {WORDS[MOST_TRIES]} wrong ones, all are refused for {PAUSE_S // 60} min"),
    ("SAFETY.md", f"At {DEFAULT.journal_max_mb} MB a file is put aside"),
    ("SAFETY.md", f"is put aside, and {WORDS[DEFAULT.journal_kept]} are kept"),
    ("SAFETY.md", f"stays protected for {SPANS[PROTECTED_FOR_S]}"),
    ("SAFETY.md", f"in the memory of the server for {SPANS[KEPT_S]}"),
    ("HTTP.md", f"called within the last {SPANS[REMEMBERED_S]}"),
    ("guides/safety.md", f"After {WORDS[MOST_TRIES]} wrong ones all are refused for"),
    ("TOOLS.md", f"Wait up to {LONGEST_WAIT_S} s until"),
)


@pytest.mark.parametrize(("page", "sentence"), SAID)
def test_a_page_says_the_number_that_holds(page, sentence):
    text = (PACKAGE / page).read_text(encoding="utf-8")
    assert sentence in " ".join(text.split())
