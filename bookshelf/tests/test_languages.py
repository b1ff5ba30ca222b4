"""Every text goes through gettext, and what is broadcast is the same in every language."""

import re
from gettext import NullTranslations

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import trans_real
from lxml import html

from accounts.factories import UserFactory
from bookshelf.tests.answers import all_addresses, ask
from bookshelf.tests.post_views import World

UNTRANSLATED = re.compile(r"BookShelf|UTC|\bAna\b|Persuasion|In Translation|ghost stories|novella")
"""Names, and what people wrote, where no element says so."""

MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
LETTERS = re.compile(r"[^\W\d_]{2,}")

OURS = ("title", "aria-label", "alt", "placeholder")
"""Attributes that are read out."""

WRITTEN = """//script | //style | //code | //bdi | //time[not(.//span)] | //*[@dir] | //*[@hx-ignore]
    | //textarea | //option[@value != ''] | //input[@type='text']"""
"""What people wrote, and what is in no language."""


class Marking(NullTranslations):
    """A catalog in which each text is in ⟦brackets⟧."""

    def to_language(self) -> str:
        return "de"

    def gettext(self, message: str) -> str:
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧" if message else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)


@pytest.fixture
def marked(settings, monkeypatch):
    settings.LANGUAGES = [("de", "Deutsch")]
    monkeypatch.setitem(trans_real._translations, "de", Marking())


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return World()


def unmarked(body: str) -> set[str]:
    """Return the texts of a page that are in no brackets."""
    page = html.fromstring(body)
    for each in page.xpath(WRITTEN):
        each.drop_tree()
    said = "\n".join(page.itertext())
    found = [said, *(value for name in OURS for value in page.xpath(f"//@{name}"))]
    texts = set()
    for text in found:
        while MARKED.search(text):
            text = MARKED.sub("", text)
        text = UNTRANSLATED.sub("", text)
        texts |= {each.strip() for each in text.split("\n") if LETTERS.search(each)}
    return texts


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["guest", "ana", "mod"])
def test_every_text_of_a_page_goes_through_gettext(world, marked, who):
    client = Client()
    if who == "ana":
        client.force_login(world.ana)
    if who == "mod":
        client.force_login(UserFactory(username="mod", is_superuser=True, is_staff=True))
    found, pages = {}, 0
    for name, address in all_addresses(world).items():
        if name.startswith("admin:"):
            continue
        answer = ask(address, client=client, headers={"accept-language": "de"})
        if answer.body and answer.get("content-type").startswith("text/html"):
            pages += 1
            if texts := unmarked(answer.body.decode()):
                found[name] = texts

    said = sorted({(text, name) for name, texts in found.items() for text in texts})
    print(*said, sep='\n')
    assert found == {}
    assert pages >= 40
