"""Stories of keeping it civil: from a report to an appeal, and of a spammer who is removed."""

import sys

import pytest
from playwright.sync_api import expect


@pytest.fixture
def moderator(visitor, server):
    """Somebody in the group of moderators."""

    def make(name: str, **context):
        someone = visitor(**context).signs_up(name)
        code = (
            "from accounts.models import User; from django.contrib.auth.models import Group; "
            f"User.objects.get(username={name!r}).groups.add(Group.objects.get(name='Moderators'))"
        )
        server.run_beforehand([sys.executable, "manage.py", "shell", "-v0", "-c", code])
        return someone

    return make


def chooses(someone, verb: str, reason: str = "Spam or advertising", **texts: str) -> None:
    form = someone.page.locator("main form.form").last
    form.get_by_label(verb, exact=True).check()
    form.get_by_label("Why", exact=True).select_option(label=reason)
    for label, text in texts.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name="Do it").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_report_to_an_appeal(visitor, author, moderator, scripts):
    title = f"Pills and prejudice {scripts}"
    author.writes(title)
    reporter = visitor(java_script_enabled=scripts).signs_up(f"reporter{scripts:d}")
    first = moderator(f"first{scripts:d}", java_script_enabled=scripts)
    second = moderator(f"second{scripts:d}", java_script_enabled=scripts)
    reader = visitor().reads()
    reader.sees(title)

    reporter.goes_to("/")
    reporter.page.get_by_role("article", name=title).get_by_role("link", name="Report").click()
    reporter.page.get_by_label("Spam or advertising").check()
    reporter.page.get_by_role("button", name="Report", exact=True).click()
    expect(reporter.page.get_by_text("A moderator will look at it")).to_be_visible()

    first.goes_to("/")
    first.page.get_by_role("link", name="Reports").click()
    first.page.get_by_role("link", name="A post by").first.click()
    chooses(first, "Hide it")
    expect(first.page.get_by_text("Done: hide it.")).to_be_visible()
    reader.does_not_see(title)
    reader.has_not_reloaded()

    author.goes_to("/notifications/")
    author.page.get_by_role("button", name="A moderator hid a post of yours").click()
    author.page.get_by_label("Why should it be taken back?").fill("Jane Austen is no pill.")
    author.page.get_by_role("button", name="Appeal").click()
    expect(author.page.get_by_text("No moderator has answered yet.")).to_be_visible()

    second.goes_to("/moderation/appeals/")
    second.page.get_by_role("link", name="appeals:").first.click()
    second.page.get_by_label("Take it back").check()
    second.page.get_by_role("button", name="Answer").click()
    expect(second.page.get_by_text("The appeal is answered")).to_be_visible()

    reader.sees(title)
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()
    author.page.reload()
    expect(author.page.get_by_text("It is taken back.")).to_be_visible()


def test_a_spammer_is_removed_while_readers_watch(visitor, author, moderator):
    author.writes("A good book")
    spammer = visitor().signs_up("pillseller")
    for number in range(3):
        spammer.writes(f"Buy pill {number}")
    room = visitor().goes_to("/")
    room.page.locator("#posts").get_by_role("link", name="A good book", exact=True).click()
    post = room.page.locator("article").get_attribute("id").removeprefix("post-")
    spammer.sends(f"/posts/{post}/comments/", body="Pills! Pills!")
    reader, talker = visitor().reads(), visitor().reads(f"/posts/{post}/")
    reader.sees("Buy pill 2")
    expect(talker.page.get_by_text("Pills! Pills!")).to_be_visible()
    talker.page.get_by_label("Your comment").fill("Half a thou")
    mod = moderator("keeper")

    mod.goes_to("/readers/pillseller/")
    mod.page.get_by_role("link", name="Moderate").click()
    mod.page.get_by_role("link", name="Remove everything of pillseller").click()
    expect(mod.page.get_by_text("3 posts")).to_be_visible()
    mod.page.get_by_role("button", name="Remove everything").click()
    expect(mod.page.get_by_text("Everything is removed.")).to_be_visible()

    for number in range(3):
        reader.does_not_see(f"Buy pill {number}")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()
    expect(talker.page.get_by_text("Pills! Pills!")).to_have_count(0)
    expect(talker.page.get_by_label("Your comment")).to_have_value("Half a thou")
    talker.has_not_reloaded()
    spammer.goes_to("/shelf/")
    expect(spammer.page.get_by_role("heading", name="Sign in")).to_be_visible()
