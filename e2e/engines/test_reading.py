"""Stories of readers, in three engines: what arrives, what changes, what was missed."""

import re
from urllib.parse import urlsplit

from e2e.engines.conftest import NARROW


def fresh(tab):
    """The titles on the list, and those of a fresh load of the same page."""
    shown = tab.texts("#posts h2")
    other = tab.second_tab()
    other.open(urlsplit(tab.url).path)
    expected = other.texts("#posts h2")
    other.close()
    return shown, expected


def test_a_post_arrives_with_no_reload(visit, author):
    reader = visit()

    post = author.writes("Persuasion")
    reader.wait_until(lambda: reader.count(f"#posts > #post-{post}"), "the post")

    assert reader.attribute("#posts > .post", "id") == f"post-{post}"
    assert reader.was_not_reloaded()


def test_an_edit_a_removal_and_its_undo_reach_the_list_and_the_room(visit, author):
    post = author.writes("Sanditon")
    lists = visit()
    room = lists.second_tab()
    room.open(f"/posts/{post}/").is_live()
    room.mark()

    author.sends(
        f"/posts/{post}/edit/",
        title="Sanditon, unfinished",
        book_author="Jane Austen",
        body="Worth it.",
        version="1",
    )
    lists.sees("#posts h2", "Sanditon, unfinished")
    room.sees("h1", "Sanditon, unfinished")

    author.sends(f"/posts/{post}/delete/")
    lists.wait_until(lambda: not lists.count(f"#post-{post}"), "the removal")
    room.sees("#main", "This post has been removed")

    author.sends(f"/posts/{post}/restore/")
    lists.wait_until(lambda: lists.count(f"#posts > #post-{post}"), "the post again")
    room.sees("h1", "Sanditon, unfinished")
    assert lists.was_not_reloaded()
    assert room.was_not_reloaded()


def test_the_ribbon_appears_with_the_first_arrival_and_leads_to_the_top(visit, author):
    reader = visit(width=NARROW)
    reader.scroll_to(1500)
    assert not reader.is_visible(".ribbon")

    author.writes("Announced by a ribbon")
    reader.sees(".ribbon", "new post")
    reader.click(".ribbon")

    reader.wait_until(lambda: reader.is_in_view("h2", "Announced by a ribbon"), "the newest post")
    reader.misses(".ribbon")


def test_a_page_outlives_its_server_and_has_missed_nothing(visit, site, author):
    reader = visit(quiet=False)

    site.kill()
    site.start()
    post = author.writes("After the restart")

    reader.wait_until(lambda: reader.count(f"#posts > #post-{post}"), "the post", timeout=30)
    reader.is_live()
    assert reader.was_not_reloaded()


def test_a_hidden_tab_catches_up_when_it_is_shown(visit, author):
    reader = visit()

    reader.hide()
    reader.wait_until(lambda: "reconnecting" in reader.text("#conn"), "reconnecting")
    post = author.writes("While away")
    assert not reader.count(f"#post-{post}")
    reader.show()
    reader.is_live()

    reader.wait_until(lambda: reader.count(f"#posts > #post-{post}"), "the post")
    assert reader.was_not_reloaded()
    shown, expected = fresh(reader)
    assert shown[0] == expected[0]


def test_a_boosted_link_brings_the_page_with_its_own_topics(visit, author):
    first = author.writes("On mountains", tags="mountains")
    reader = visit()

    reader.click(f"#post-{first} .tags a", "mountains")
    reader.is_at("/tags/mountains/")
    reader.is_live()
    other = author.writes("On rivers", tags="rivers")
    second = author.writes("More mountains", tags="mountains")

    reader.wait_until(lambda: reader.count(f"#posts > #post-{second}"), "the post")
    assert not reader.count(f"#post-{other}")


def test_back_and_forward_lead_to_pages_that_are_live(visit, author):
    post = author.writes("Going back")
    reader = visit()

    reader.click(f"#post-{post} h2 a")
    reader.is_at(f"/posts/{post}/")
    reader.sees("#talk")
    reader.is_live()
    reader.back()
    reader.sees(f"#posts > #post-{post}")
    reader.is_live()
    missed = author.writes("Came while going back")
    reader.wait_until(lambda: reader.count(f"#posts > #post-{missed}"), "the post")

    reader.forward()
    reader.sees("#talk")
    reader.is_live()
    author.says(post, "Said after going forward.")
    reader.sees(".comment", "Said after going forward.")


def test_a_cursor_that_means_nothing_has_the_page_draw_itself_anew(visit, author):
    reader = visit()
    reader.hide()
    reader.wait_until(lambda: "reconnecting" in reader.text("#conn"), "reconnecting")
    post = author.writes("Not missed")
    reader.evaluate(
        "value => { document.querySelector('#cursor').value = value; }", "0000000000000000.1"
    )

    reader.show()

    reader.wait_until(lambda: reader.count(f"#posts > #post-{post}"), "the post", timeout=30)
    reader.is_live()
    assert reader.was_not_reloaded()


def test_search_results_come_while_typing(visit, author):
    post = author.writes("The Lighthouse at the End", body="Windy.")
    reader = visit("/search/")

    reader.fill("#q", "lighth")

    reader.sees("#results h2", "The Lighthouse at the End")
    reader.is_at("?q=lighth")
    assert reader.count(f"#results #post-{post}") == 1
    assert not reader.count("#results h2", "Old book")
    assert reader.has_focus("#q")


def test_a_violation_and_an_error_would_be_noticed(visit):
    reader = visit(quiet=False)
    reader.evaluate(
        "() => document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')"
    )
    reader.evaluate("() => { setTimeout(() => { throw new Error('Oh dear') }, 0); }")
    reader.evaluate("() => { setTimeout(() => console.error('Dear me'), 0); }")

    for words in ("Content.Security.Policy", "Oh dear", "Dear me"):
        reader.wait_until(
            lambda words=words: re.search(words, "\n".join(reader.console_errors())), words
        )


def test_every_page_is_quiet(visit, author, join):
    post = author.writes("Under the policy", tags="policy")
    guest = visit("/accounts/login/")
    for path in ("/accounts/signup/", "/accounts/password/reset/", f"/posts/{post}/"):
        guest.open(path)
        # Firefox logs an error for a socket that is still connecting when its page is left.
        if guest.count("#live"):
            guest.is_live()
    member = visit("/", member=author).is_live()
    for path in (
        *("/posts/new/", f"/posts/{post}/edit/", f"/posts/{post}/history/", "/notifications/"),
        *("/search/?q=policy", "/tags/policy/", f"/readers/{author.name}/", "/shelf/", "/drafts/"),
        *("/following/", "/key/", "/accounts/settings/", "/accounts/password/change/"),
    ):
        member.open(path)
        member.is_at(path)
        member.sees("h1")
        if member.count("#live"):
            member.is_live()
