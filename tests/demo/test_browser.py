"""How the demo reads pages. That it opens them and sends their forms, the player's tests show."""

import pytest

from clickpipes_mcp.demo.browser import Browser, Page, PageUnusable, link_in, read_page
from clickpipes_mcp.pages.rendering import render

pytestmark = pytest.mark.anyio


def test_a_page_is_read_as_a_person_sees_it():
    shown = render("ending.html", title="You agreed", told="Go on.", kind="agreed", code="")
    page = read_page(bytes(shown.body).decode())
    assert page == Page("You agreed", ["Go on.", "You can close this page."])


def test_a_form_is_read_with_its_fields_and_buttons():
    page = read_page(
        "<section><h2>Lost</h2><ul><li>one</li><li>two</li></ul></section><p>after</p>"
        '<form enctype="multipart/form-data"><input type="hidden" name="token" value="t">'
        '<label for="a">A <code>b</code></label><input id="a">'
        '<button value="yes">Do it</button></form>'
    )
    assert page == Page(
        lines=["Lost: one; two", "after", "A b"],
        fields={"A b": "a"},
        buttons={"Do it": "yes"},
        hidden={"token": "t"},
        takes_files=True,
    )


@pytest.mark.parametrize("text", ["no link", "https://example.com/approve/x"])
def test_only_a_page_of_this_machine_is_opened(text):
    with pytest.raises(PageUnusable):
        link_in(text)


async def test_a_field_that_is_not_there_is_not_filled_in():
    with pytest.raises(PageUnusable, match="no 'PIN'"):
        await Browser("http://127.0.0.1:9/").send(Page(buttons={"Do": "do"}), "Do", {"PIN": "1"})
