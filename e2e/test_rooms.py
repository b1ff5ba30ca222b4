"""Stories of who is here: an author who shows her name, a reader who does not, a guest."""

import re

from playwright.sync_api import Locator, expect

from e2e.conftest import Visitor


def shows_the_name(visitor: Visitor, name: str) -> None:
    """Have this visitor be named in rooms, by the settings of the account."""
    visitor.goes_to("/accounts/settings/")
    visitor.page.get_by_label("Name shown to others").fill(name)
    visitor.page.get_by_label("Show my name in rooms").check()
    visitor.page.get_by_role("button", name="Save").click()
    expect(visitor.page.get_by_text("Your settings are saved.")).to_be_visible()


def shows(element: Locator, text: str, **options: float) -> None:
    """Wait until this is what an element shows; it has the same in other languages as well."""
    expect(element).to_have_text(text, use_inner_text=True, **options)


def here(visitor: Visitor):
    return visitor.page.locator(".presence-here")


def line(visitor: Visitor):
    return visitor.page.locator(".presence-line")


def opens_the_room(visitor: Visitor, title: str) -> str:
    """Go to the post from the list, and return its address."""
    visitor.goes_to("/")
    visitor.title(title).get_by_role("link").click()
    expect(visitor.page).to_have_url(re.compile(r"/posts/\d+/[^/]+/$"))
    return visitor.page.url


def test_three_readers_see_who_is_here(visitor):
    author, reader, guest = visitor(), visitor(), visitor()
    author.signs_up("ana").posts("Middlemarch", author="George Eliot", body="A web. " * 40)
    address = opens_the_room(author, "Middlemarch")
    shows(here(author), "You are the only one here")

    guest.reads(address)
    reader.signs_up("ben").reads(address)
    for each in (author, reader, guest):
        shows(here(each), "3 guests are here")

    shows_the_name(author, "Ana Blum")
    expect(author.page.locator(".nav-name")).to_have_text("Ana Blum")
    author.reads(address)
    for each in (author, reader, guest):
        shows(here(each), "Ana Blum and 2 guests are here")

    # Another tab of the same person, one who is away for a moment, and one who leaves.
    second = author.context.new_page()
    second.goto(address)
    shows(second.locator(".presence-here"), "Ana Blum and 2 guests are here")
    reader.hides()
    reader.comes_back()
    shows(here(reader), "Ana Blum and 2 guests are here")
    second.close()
    author.goes_to("/")
    shows(line(guest), "Ana Blum left")
    shows(here(guest), "2 guests are here")

    author.page.go_back()
    shows(line(guest), "Ana Blum joined")
    shows(here(author), "Ana Blum and 2 guests are here")
    expect(line(author)).to_have_count(0)
    expect(line(guest)).to_be_hidden(timeout=15_000)
    for each in (reader, guest):
        each.has_not_reloaded()


def test_presence_takes_neither_focus_nor_the_screen_readers_voice(visitor, author):
    author.posts("Silas Marner")
    address = opens_the_room(author, "Silas Marner")
    reader = visitor().reads(address)
    shows(here(reader), "2 guests are here")
    byline = reader.page.locator("#main a").last
    byline.focus()

    guest = visitor().reads(address)
    shows(here(reader), "3 guests are here")
    guest.context.close()
    shows(here(reader), "2 guests are here")

    expect(byline).to_be_focused()
    place = reader.page.get_by_role("group", name="Who is here")
    expect(place).to_have_attribute("aria-live", "off")
    expect(place.locator("[aria-live], [role=status], [role=alert]")).to_have_count(0)


def test_nothing_moves_when_somebody_comes(visitor, author):
    author.posts("Romola")
    reader = visitor().goes_to(opens_the_room(author, "Romola"))
    foot = reader.page.locator(".site-foot")
    before = foot.bounding_box()["y"]

    shows(here(reader), "2 guests are here")

    assert foot.bounding_box()["y"] == before


def test_without_javascript_nothing_is_said_of_who_is_here(visitor, author):
    author.posts("Adam Bede")
    address = opens_the_room(author, "Adam Bede")
    plain = visitor(java_script_enabled=False).goes_to(address)

    expect(plain.page.locator(".presence")).to_be_empty()
    assert plain.page.locator(".presence").bounding_box()["height"] == 0
    shows(here(author), "You are the only one here")


def test_a_mistake_in_the_settings_is_explained_and_nothing_typed_is_lost(author):
    author.goes_to("/accounts/settings/")
    author.page.get_by_label("Name shown to others").fill("…")
    author.page.get_by_label("About you").fill("Reads at night.")
    author.page.get_by_label("Show my name in rooms").check()
    author.page.get_by_role("button", name="Save").click()

    expect(author.page.get_by_text("at least one letter or digit")).to_be_visible()
    expect(author.page.get_by_label("About you")).to_have_value("Reads at night.")
    expect(author.page.get_by_label("Show my name in rooms")).to_be_checked()
