"""Stories of pages that are open while something happens."""

import re

from playwright.sync_api import expect


def test_a_newcomer_posts_and_a_reader_sees_it_arrive(visitor):
    reader = visitor().reads()
    newcomer = visitor().signs_up_by_hand("newcomer")

    newcomer.posts_by_hand("Persuasion", body="Half agony, half hope.")

    reader.sees("Persuasion")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def test_an_author_sees_the_post_once_and_on_top(author):
    author.posts_by_hand("First").posts_by_hand("Second")
    author.is_live()

    assert author.titles[:2] == ["Second", "First"]
    assert author.titles.count("Second") == 1


def test_an_edit_and_a_removal_reach_every_open_page(visitor, author):
    author.posts("Sanditon")
    author.title("Sanditon").get_by_role("link").click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/[^/]+/$"))
    address = author.page.url
    lists, room = visitor().reads(), visitor().reads(address)

    author.page.get_by_role("link", name="Edit", exact=True).click()
    author.page.get_by_label("Title of the book").fill("Sanditon, unfinished")
    author.page.get_by_role("button", name="Save").click()
    for reader in (lists, room):
        reader.sees("Sanditon, unfinished")
        reader.has_not_reloaded()

    author.page.get_by_text("Remove", exact=True).click()
    author.page.get_by_role("button", name="Remove this post").click()
    lists.does_not_see("Sanditon, unfinished")
    room.sees("This post has been removed")
    lists.sees_what_a_fresh_load_shows()

    author.page.get_by_role("button", name="Undo").click()
    for reader in (lists, room):
        reader.sees("Sanditon, unfinished")
        reader.has_not_reloaded()
    lists.sees_what_a_fresh_load_shows()


def test_a_spoiler_that_is_open_stays_open_when_the_text_is_edited(visitor, author):
    author.posts("Rebecca", body="The house ||burns|| in the end.")
    author.title("Rebecca").get_by_role("link").click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/[^/]+/$"))
    reader = visitor().reads(author.page.url)
    opened = reader.page.locator("details.spoiler[open]")
    expect(opened).to_have_count(0)
    reader.page.locator(".spoiler summary").click()
    expect(opened).to_have_text("Spoilerburns")

    author.page.get_by_role("link", name="Edit", exact=True).click()
    author.page.get_by_label("Your review").fill("The great house ||burns|| in the end, twice.")
    author.page.get_by_role("button", name="Save").click()

    expect(reader.page.get_by_text("twice.")).to_be_visible()
    expect(opened).to_have_text("Spoilerburns")
    reader.has_not_reloaded()


def test_a_tab_in_the_background_catches_up_when_it_is_shown(visitor, author):
    author.writes("Before")
    reader = visitor().reads()

    reader.hides()
    author.writes("While away")
    author.writes("And another")
    reader.does_not_see("While away")
    reader.comes_back()

    reader.sees("While away")
    reader.sees("And another")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def test_a_link_brings_the_page_with_its_own_topics(visitor, author):
    author.writes("On mountains", tags="mountains")
    reader = visitor().reads()

    reader.page.locator("#posts").get_by_role("link", name="mountains", exact=True).click()
    expect(reader.page).to_have_url(re.compile("/tags/mountains/"))
    reader.is_live()
    author.writes("On rivers", tags="rivers")
    author.writes("More mountains", tags="mountains")

    reader.sees("More mountains")
    reader.does_not_see("On rivers")
    reader.sees_what_a_fresh_load_shows()


def test_back_and_forth_keeps_the_list_live(visitor, author):
    author.writes("Going back")
    reader = visitor().reads()

    reader.title("Going back").get_by_role("link").click()
    expect(reader.page).to_have_url(re.compile(r"/posts/\d+/[^/]+/$"))
    reader.page.go_back()
    expect(reader.page.locator("#posts")).to_be_visible()
    reader.is_live()
    author.writes("Came while going back")

    reader.sees("Came while going back")
    reader.sees_what_a_fresh_load_shows()


def test_the_reading_position_stays_when_something_arrives_above(visitor, author):
    for number in range(8):
        author.writes(f"Long list {number}", body="A line. " * 60)
    reader = visitor(viewport={"width": 390, "height": 700}).reads()
    reader.title("Long list 1").scroll_into_view_if_needed()
    before = reader.title("Long list 1").bounding_box()["y"]

    author.writes("Above all")
    expect(reader.page.locator("#posts h2").first).to_have_text("Above all")

    assert abs(reader.title("Long list 1").bounding_box()["y"] - before) < 2


def test_a_ribbon_counts_what_is_new_and_leads_to_it(visitor, author):
    for number in range(6):
        author.writes(f"Ribbon {number}", body="A line. " * 60)
    reader = visitor(viewport={"width": 390, "height": 700}).reads()
    ribbon = reader.page.get_by_role("link", name="1 new post", exact=True)
    expect(ribbon).to_be_hidden()
    reader.title("Ribbon 1").scroll_into_view_if_needed()

    author.writes("Announced by a ribbon")
    expect(ribbon).to_be_visible()
    ribbon.click()

    expect(reader.title("Announced by a ribbon")).to_be_in_viewport()
    expect(ribbon).to_be_hidden()


def test_a_network_without_websockets_has_a_live_page_too(visitor, author):
    reader = visitor(quiet=False)
    reader.page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close())
    reader.goes_to("/")
    expect(reader.page.locator("#conn")).to_contain_text("reconnecting")
    reader.page.evaluate("window.neverReloaded = true")

    author.writes("By polling")

    expect(reader.title("By polling")).to_be_visible(timeout=15_000)
    reader.has_not_reloaded()


def test_an_answer_to_a_poll_that_comes_late_takes_no_page_back(visitor, author):
    author.posts("Polled")
    reader = visitor(quiet=False)
    held = []
    reader.page.route(re.compile(r"/changes/\?"), lambda route: held.append((route, route.fetch())))
    reader.reads().hides()
    author.title("Polled").get_by_role("link").click()
    for title in ("Polled and edited", "Edited again"):
        author.page.get_by_role("link", name="Edit", exact=True).click()
        author.page.get_by_label("Title of the book").fill(title)
        author.page.get_by_role("button", name="Save").click()
        expect(author.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        # The answer to the poll knows of the first edit, and is on its way for long.
        while not held:
            reader.page.wait_for_timeout(100)

    with reader.page.expect_event("requestfailed", lambda request: "/changes/?" in request.url):
        reader.comes_back()

    reader.sees("Edited again")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def test_an_answer_that_is_no_page_of_ours_leaves_the_page_as_it_is(visitor, author):
    author.writes("Before the proxy failed")
    reader = visitor(quiet=False).reads()
    answer = {"status": 502, "content_type": "text/html", "body": "<h1>502 Bad Gateway</h1>"}
    reader.page.route("**/like/", lambda route: route.fulfill(**answer))

    reader.page.locator("#posts .heart").first.click()

    expect(reader.page.get_by_role("alert")).to_have_text("502 Bad Gateway")
    reader.sees("Before the proxy failed")
    expect(reader.page).to_have_url(re.compile(r"/$"))
    author.writes("After the proxy failed")
    reader.sees("After the proxy failed")


def test_a_connected_page_asks_for_nothing(visitor, author):
    reader = visitor().reads()
    requests = []
    reader.page.on("request", lambda request: requests.append(request.url))

    for number in range(3):
        author.writes(f"Broadcast {number}")
        reader.sees(f"Broadcast {number}")

    assert requests == []


def test_a_page_whose_cursor_means_nothing_draws_itself_anew(visitor, author):
    author.writes("Known")
    reader = visitor().reads()
    reader.hides()
    author.writes("Not missed")
    reader.page.locator("#cursor").evaluate("input => input.value = '0000000000000000.1'")

    reader._shows_as(hidden=False)

    expect(reader.title("Not missed")).to_be_visible(timeout=20_000)
    reader.is_live()
    reader.has_not_reloaded()


def test_a_new_name_stands_on_every_open_page(visitor, author):
    author.posts("Signed", tags="signed")
    author.title("Signed").get_by_role("link").click()
    expect(author.page).to_have_url(re.compile(r"/posts/\d+/signed/$"))
    fresh_name = f"Ana Blum {author.page.locator('.nav-name').inner_text()}"
    room, lists = visitor().reads(author.page.url), visitor().reads("/tags/signed/")
    box = room.page.get_by_label("Your comment")
    box.fill("Half a thought")

    other = author.context.new_page()
    other.goto("/accounts/settings/")
    other.get_by_label("Name shown to others").fill(fresh_name)
    other.get_by_role("button", name="Save").click()

    for reader in (room, lists):
        expect(reader.page.locator("#main .byline").get_by_text(fresh_name)).to_be_visible()
        reader.has_not_reloaded()
    expect(author.page.locator(".nav-name")).to_have_text(fresh_name)
    expect(box).to_be_focused()
    expect(box).to_have_value("Half a thought")
    lists.sees_what_a_fresh_load_shows()
