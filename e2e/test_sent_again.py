"""Stories of going Back to a form that was sent, and typing something else into it."""

import pytest
from playwright.sync_api import expect

from e2e.conftest import Visitor


@pytest.mark.parametrize("scripts", [True, False])
def test_back_and_another_book_make_another_post(visitor, scripts):
    author = visitor(java_script_enabled=scripts).signs_up(f"returns{scripts:d}")
    author.posts_by_hand(f"The first book {scripts}")
    author.page.go_back()
    expect(author.page.get_by_role("button", name="Post it")).to_be_visible()

    author.fills(f"The second book {scripts}", body="Another one.")
    author.page.get_by_role("button", name="Post it").click()

    author.sees(f"The second book {scripts}")
    author.sees(f"The first book {scripts}")


def sends_and_keeps_the_page(author: Visitor) -> None:
    """Have the answer in a tab of its own: the form stays as Back shows it in most browsers."""
    with author.context.expect_page() as opened:
        author.page.get_by_role("button", name="Post it").click(modifiers=["ControlOrMeta"])
    expect(opened.value.locator("#posts")).to_be_visible()
    opened.value.close()


@pytest.mark.parametrize(
    ("answer", "left"),
    [("Replace what you posted", 1), ("Post it as another one", 2)],
)
def test_another_text_in_the_same_form_is_asked_about(visitor, answer, left):
    author, title = visitor(java_script_enabled=False), f"Read twice, {left}"
    author.signs_up(f"returns-to-{left}").goes_to("/posts/new/")
    author.fills(title, body="At first.")
    sends_and_keeps_the_page(author)
    author.fills(title, body="On second thoughts.")
    author.page.get_by_role("button", name="Post it").click()

    expect(author.page.get_by_text("At first.")).to_be_visible()
    expect(author.page.get_by_label("Your review")).to_have_value("On second thoughts.")
    author.page.get_by_role("button", name=answer).click()

    shown = author.page.locator("#posts article", has_text=title)
    expect(shown).to_have_count(left)
    expect(shown.first).to_contain_text("On second thoughts.")


def test_another_book_in_the_same_form_is_another_post(visitor):
    author = visitor(java_script_enabled=False).signs_up("goes-on").goes_to("/posts/new/")
    author.fills("Book the first")
    sends_and_keeps_the_page(author)
    author.fills("Book the second")
    author.page.get_by_role("button", name="Post it").click()

    author.sees("Book the second")
    author.sees("Book the first")


def test_back_and_another_comment_make_another_comment(visitor, author):
    author.posts("Talked about")
    reader = visitor(java_script_enabled=False).signs_up("talkative")
    reader.goes_to("/").title("Talked about").get_by_role("link").click()
    for text in ("One thing.", "Another thing."):
        reader.page.get_by_label("Your comment").fill(text)
        reader.page.get_by_role("button", name="Say it").click()
        expect(reader.page.locator("#comments").get_by_text(text)).to_be_visible()
        reader.page.go_back()

    reader.page.reload()
    expect(reader.page.locator("#comments li")).to_have_count(2)
