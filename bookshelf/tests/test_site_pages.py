"""The pages of the site: about, contact, privacy. An operator writes them in the admin."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.factories import UserFactory
from bookshelf.log import Change
from bookshelf.site_pages.page import Name, SitePage

pytestmark = pytest.mark.django_db

FOOTER = re.compile(r'<nav class="foot-links".*?</nav>', re.DOTALL)


@pytest.fixture
def about():
    return SitePage.objects.get(name="about")


@pytest.fixture
def as_admin():
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def foot_of(client, path="/"):
    return FOOTER.search(client.get(path).content.decode())[0]


@pytest.mark.parametrize("name", Name.values)
def test_a_new_site_has_a_text_that_says_what_to_fill_in(name, client, as_admin):
    page = SitePage.objects.get(name=name)

    assert page.gaps
    assert not page.is_public
    assert client.get(f"/{name}/").status_code == 404
    draft = as_admin.get(f"/{name}/").content.decode()
    assert "until what stands in [[…]] is filled in" in draft
    assert page.gaps[0].strip("[]")[:20] in draft


@pytest.mark.parametrize("text", ["", "We are [[your name]]."])
def test_an_empty_page_or_one_with_gaps_is_not_there_and_nothing_links_to_it(text, client, about):
    about.write(text)

    assert client.get("/about/").status_code == 404
    assert "/about/" not in foot_of(client)


def test_a_page_that_is_filled_in_is_linked_from_every_page(client, about):
    about.write("We read.")

    assert 'href="/about/">About</a>' in foot_of(client)
    assert 'href="/about/">About</a>' in foot_of(client, "/about/")
    assert 'href="/help/"' in foot_of(client)


def test_a_page_has_its_text_in_markdown_a_title_a_date_and_its_canonical_address(client, about):
    about.title = "About us"
    about.write("We *read*. <script>alert(1)</script>")

    page = client.get("/about/?from=elsewhere").content.decode()

    assert "<em>read</em>" in page
    assert "<script>alert" not in page
    assert "<title>About us · BookShelf</title>" in page
    assert '<link rel="canonical" href="http://testserver/about/">' in page
    assert f'datetime="{about.changed_at:%Y-%m-%d}' in page


def test_what_an_operator_saves_is_there_at_once_and_in_the_history(client, as_admin, about):
    path = reverse("admin:bookshelf_sitepage_change", args=[about.pk])

    as_admin.post(path, {"title": "About us", "text": "We read.\r\nA lot."})

    assert "We read.<br>" in client.get("/about/").content.decode()
    history = as_admin.get(reverse("admin:bookshelf_sitepage_history", args=[about.pk]))
    assert "Changed Title and Text" in history.content.decode()


def test_saving_without_a_change_is_no_change(as_admin, about):
    about.write("We read.")
    path = reverse("admin:bookshelf_sitepage_change", args=[about.pk])

    as_admin.post(path, {"title": about.title, "text": about.text})

    assert SitePage.objects.get(name="about").changed_at == about.changed_at


def test_a_change_moves_the_log_so_that_cached_pages_are_drawn_again(about):
    before = Change.objects.cursor()

    about.write("We read.")

    assert Change.objects.cursor() != before


def test_only_those_who_may_change_a_page_see_the_way_to_the_admin(client, as_admin, about):
    about.write("We read.")

    assert "Change this page" not in client.get("/about/").content.decode()
    assert "Change this page" in as_admin.get("/about/").content.decode()
