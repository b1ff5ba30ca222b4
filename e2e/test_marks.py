"""Stories of what moderators say of posts, and of pages that are open meanwhile."""

import sys

import pytest
from playwright.sync_api import expect


@pytest.fixture
def editor(visitor, server):
    """An admin."""

    def make(name: str, **context):
        someone = visitor(**context).signs_up(name)
        promote = f"from accounts.models import User; User.objects.filter(username={name!r})"
        code = f"{promote}.update(is_superuser=True)"
        server.run_beforehand([sys.executable, "manage.py", "shell", "-v0", "-c", code])
        return someone

    return make


def opens(someone, title: str) -> None:
    someone.goes_to("/")
    someone.page.locator("#posts").get_by_role("link", name=title, exact=True).click()
    someone.page.get_by_role("button", name="Pin on top").wait_for()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_pin_goes_up_follows_the_post_and_comes_down_on_open_pages(
    visitor, author, editor, scripts
):
    title = f"On top {scripts}"
    author.writes(title).writes(f"Newer {scripts}")
    staff = editor(f"pinner{scripts:d}", java_script_enabled=scripts)
    reader = visitor().reads()
    pinned = reader.page.locator("#pinned")
    expect(pinned).to_have_text("")

    opens(staff, title)
    staff.page.get_by_role("button", name="Pin on top").click()
    expect(staff.page.get_by_role("button", name="Unpin")).to_be_visible()
    expect(pinned).to_contain_text("Pinned")
    expect(pinned.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert reader.titles[:2] == [f"Newer {scripts}", title]

    author.goes_to("/")
    author.page.locator("#posts").get_by_role("link", name=title, exact=True).click()
    author.page.get_by_role("link", name="Edit", exact=True).click()
    author.page.get_by_label("Title of the book").fill(f"{title}, revised")
    author.page.get_by_role("button", name="Save").click()
    expect(pinned.get_by_role("heading", name=f"{title}, revised", exact=True)).to_be_visible()

    staff.page.get_by_role("button", name="Unpin").click()
    expect(staff.page.get_by_role("button", name="Pin on top")).to_be_visible()
    expect(pinned).to_have_text("")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_key_post_appears_on_its_list_and_leaves_it(visitor, author, editor, scripts):
    title = f"Key {scripts}"
    author.writes(title)
    staff = editor(f"marker{scripts:d}", java_script_enabled=scripts)
    keys, front = visitor().reads("/key/"), visitor().reads()
    mark = front.page.locator("article", has=front.title(title)).get_by_role(
        "link", name="Key post"
    )
    keys.does_not_see(title)

    opens(staff, title)
    staff.page.get_by_role("button", name="Mark as key post").click()
    expect(staff.page.get_by_role("button", name="Unmark as key post")).to_be_visible()
    keys.sees(title)
    expect(mark).to_be_visible()
    keys.sees_what_a_fresh_load_shows()

    staff.page.get_by_role("button", name="Unmark as key post").click()
    keys.does_not_see(title)
    expect(mark).to_have_count(0)
    for reader in (keys, front):
        reader.has_not_reloaded()
        reader.sees_what_a_fresh_load_shows()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_key_posts_are_found_from_the_front_page(visitor, author, editor, scripts):
    title = f"Where to begin {scripts}"
    author.writes(title)
    staff = editor(f"finder{scripts:d}")
    opens(staff, title)
    staff.page.get_by_role("button", name="Mark as key post").click()
    expect(staff.page.get_by_role("button", name="Unmark as key post")).to_be_visible()

    reader = visitor(java_script_enabled=scripts).goes_to("/")
    reader.page.get_by_role("link", name="Begin with the key posts.").click()
    reader.sees(title)
