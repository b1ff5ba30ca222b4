"""What somebody sees who comes for the first time."""

import pytest
from django.test import Client
from lxml import html

from accounts.forms import EMAIL_USE
from accounts.models import User
from bookshelf.doorbell import announce
from posts.factories import published
from posts.models import Shelf, Tag

JOIN = {"username": "newcomer", "password1": "a very quiet room", "password2": "a very quiet room"}
DEMO = "manage.py demo"


def main(client: Client, path: str = "/"):
    """The main region of a page."""
    return html.fromstring(client.get(path).content).get_element_by_id("main")


def words(element) -> str:
    return " ".join(element.text_content().split())


# --- The front page


def test_a_guest_reads_what_this_is_and_where_to_join(db, client):
    (welcome,) = main(client).find_class("welcome")

    assert words(welcome).startswith("BookShelf is a live blog about books.")
    links = [link.get("href") for link in welcome.iter("a")]
    assert links == ["/accounts/signup/", "/accounts/login/"]


def test_who_has_joined_or_reads_on_is_not_told_again(ana, client, as_ana):
    for _ in range(25):
        post, _ = published(author=ana)

    assert not main(as_ana).find_class("welcome")
    assert not main(client, f"/?before={post.pk}").find_class("welcome")


def test_the_demo_is_named_in_debug_only(db, client, as_ana, settings):
    settings.DEBUG = True
    for browser in (client, as_ana):
        assert DEMO in words(main(browser))

    settings.DEBUG = False
    for browser in (client, as_ana):
        assert DEMO not in words(main(browser))


def test_key_posts_are_linked_only_where_there_are_some(ana, client, as_ana):
    post, _ = published(author=ana)

    def linked() -> list[bool]:
        pages = [browser.get("/").content.decode() for browser in (client, as_ana)]
        return ['href="/key/"' in page for page in pages]

    assert linked() == [False, False]
    announce(post.mark(key=True))
    assert linked() == [True, True]
    announce(post.remove())
    assert linked() == [False, False]


# --- Empty lists

EMPTY = [
    "/", "/tags/empty/", "/readers/ana/", "/readers/ben/", "/key/", "/following/", "/shelf/",
    "/drafts/", "/readers/ben/shelf/",
]  # fmt: skip


@pytest.mark.parametrize("path", EMPTY)
@pytest.mark.parametrize("who", ["guest", "ana"])
def test_an_empty_list_has_the_button_that_it_speaks_of_and_no_other(ana, ben, who, path):
    Tag.objects.create(name="empty", slug="empty")
    Shelf.objects.show(ben, True)
    ana.following.create(author=ben)
    client = Client()
    if who == "ana":
        client.force_login(ana)
    elif client.get(path).status_code == 302:
        return

    (empty,) = main(client, path).find_class("empty")

    buttons = [words(each) for each in empty.find_class("button")]
    speaks_of_posting = "Post the one" in words(empty) or "You have not posted" in words(empty)
    assert ("Post a book" in buttons) == (speaks_of_posting or path == "/drafts/")


def test_a_guest_who_presses_the_button_is_led_to_sign_in_and_back(db, client):
    (button,) = main(client).find_class("button")

    assert client.get(button.get("href"))["Location"] == "/accounts/login/?next=/posts/new/"


# --- Joining


def greeting(client: Client) -> str:
    return words(main(client).find_class("message")[-1])


def test_who_has_joined_is_welcome_and_later_welcome_back(db, client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    client.post("/accounts/signup/", JOIN | {"email": "newcomer@books.example"})
    assert greeting(client) == "Welcome, newcomer."

    client.post("/accounts/logout/")
    client.get("/")
    client.post("/accounts/login/", {"login": JOIN["username"], "password": JOIN["password1"]})
    assert greeting(client) == "Welcome back, newcomer."


def test_the_first_sign_in_after_confirming_an_address_is_no_coming_back(db, client):
    user = User(username="newcomer")
    user.set_password(JOIN["password1"])
    user.save()

    client.post("/accounts/login/", {"login": JOIN["username"], "password": JOIN["password1"]})

    assert greeting(client) == "Welcome, newcomer."


def test_the_forms_that_ask_for_an_address_say_what_it_is_good_for(ana, client, as_ana):
    assert str(EMAIL_USE) in words(main(client, "/accounts/signup/"))
    for path in ("/accounts/email/", "/accounts/settings/"):
        assert "gets you back in when you forget your password" in words(main(as_ana, path))
