"""Whatever a page answers, a browser may do nothing with it but show it and send its form."""

import pytest

from clickpipes_mcp.pages.rendering import TEMPLATES
from tests.consent.test_gate import DANGERS, NAME
from tests.pages.test_approval import asked

pytestmark = pytest.mark.anyio


async def test_every_answer_is_kept_from_frames_caches_scripts_and_other_sites(
    serve, visit
) -> None:
    served = await serve()
    _, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()
    await page.send(decision="agree", name="wrong")
    await page.send(decision="agree", form_token="")
    await page.send(decision="agree", form_token="", name=NAME)
    await page.look(accept="application/json")
    await page.decline()
    await page.look()
    await page.http.get(f"{page.link}x")
    unknown = await page.http.get(page.link.rpartition("/approve")[0])

    answers = [*page.pages, unknown]
    assert {answer.status_code for answer in answers} == {200, 403, 404, 409, 422}
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        if answer.headers["content-type"].startswith("text/html"):
            policy = answer.headers["content-security-policy"].split("; ")
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "form-action 'self'" in policy
            assert not [part for part in policy if "unsafe" in part or part.startswith("script")]


def test_templates_take_nothing_from_elsewhere_and_run_nothing() -> None:
    for template in TEMPLATES.iterdir():
        text = template.read_text(encoding="utf-8")
        for foreign in ("http:", "https:", "//", "url(", "@import", "javascript:", "fetch("):
            assert foreign not in text, template.name
        is_base = template.name == "base.html"
        assert text.count("<script") == is_base, template.name
        assert text.count("| safe") == 2 * is_base, template.name
