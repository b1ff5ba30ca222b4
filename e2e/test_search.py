"""Stories of finding a post again."""

import pytest
from playwright.sync_api import expect


def test_results_come_while_typing_and_a_removed_post_leaves_them(visitor, author):
    author.writes("The Lighthouse at the End", body="Windy.")
    author.writes("A Garden", body="Calm.")
    reader = visitor().reads("/search/")

    reader.page.get_by_role("searchbox").press_sequentially("lighth")
    reader.sees("The Lighthouse at the End")
    reader.does_not_see("A Garden")
    expect(reader.page).to_have_url("/search/?q=lighth")
    expect(reader.page.get_by_role("searchbox")).to_be_focused()

    author.goes_to("/").title("The Lighthouse at the End").get_by_role("link").click()
    author.page.get_by_text("Remove", exact=True).click()
    author.page.get_by_role("button", name="Remove this post").click()
    reader.does_not_see("The Lighthouse at the End")
    reader.has_not_reloaded()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_search_is_an_address(visitor, author, scripts):
    author.writes(f"Found by address {scripts}")
    reader = visitor(java_script_enabled=scripts).goes_to("/")

    reader.page.get_by_role("link", name="Search").click()
    reader.page.get_by_role("searchbox").fill(f"address {scripts}")
    reader.page.get_by_role("button", name="Search").click()

    reader.sees(f"Found by address {scripts}")
