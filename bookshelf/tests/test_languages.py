"""Every text goes through gettext, and the catalogs are whole."""

import re
from gettext import NullTranslations

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import trans_real
from lxml import html

from accounts.factories import UserFactory
from bookshelf.plain_values import TRANSLATED
from bookshelf.tests.answers import all_addresses, ask
from bookshelf.tests.post_views import World, path_of

UNTRANSLATED = re.compile(r"BookShelf|UTC|\bAna\b|Persuasion|In Translation|ghost stories|novella")
"""Names, and what people wrote, where no element says so."""

MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
LETTERS = re.compile(r"[^\W\d_]{2,}")

OURS = ("title", "aria-label", "alt", "placeholder")
"""Attributes that are read out."""

WRITTEN = """//script | //style | //code | //bdi | //time[not(.//span)] | //*[@dir]
    | //*[@hx-ignore] | //textarea | //option[@value != ''] | //input[@type='text']"""
"""What people wrote, and what is in no language."""


class Marking(NullTranslations):
    """A catalog in which each text is in ⟦brackets⟧, and which knows what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def to_language(self) -> str:
        return "de"

    def gettext(self, message: str) -> str:
        if not message:
            return ""
        self.asked.add(message)
        return f"⟦{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        self.asked.add(singular)
        said = singular if number == 1 else plural
        return f"⟦{said.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}⟧"

    def not_in(self, code: str) -> list[str]:
        """Return what it was asked for, and a language has no translation of."""
        catalog = trans_real.DjangoTranslation(code)._catalog
        return sorted(
            each for each in self.asked if each not in catalog and (each, 0) not in catalog
        )


@pytest.fixture
def marked(settings, monkeypatch, db) -> Marking:
    # A process that has shown German pages, as the tests before this one may have had it do.
    settings.LANGUAGES = list(TRANSLATED.items())
    assert "Schlagwörter" in Client(headers={"Accept-Language": "de"}).get("/").content.decode()
    settings.LANGUAGES = [("de", "Deutsch")]
    catalog = Marking()
    monkeypatch.setitem(trans_real._translations, "de", catalog)
    return catalog


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return World()


def unmarked(body: str) -> set[str]:
    """Return the texts of a page that are in no brackets."""
    page = html.fromstring(f"<div>{body}</div>" if "<html" not in body else body)
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
@pytest.mark.only_on("sqlite")
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

    assert found == {}
    assert pages >= 40
    assert marked.not_in("de") == marked.not_in("es") == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("who", ["guest", "ana"])
def test_every_text_of_a_form_that_comes_back_goes_through_gettext(world, marked, who):
    found, pages = {}, 0
    for name, (arguments, fields) in world.samples().items():
        if name.startswith("admin:"):
            continue
        client = Client(headers={"Accept-Language": "de"})
        if who == "ana":
            client.force_login(world.ana)
        answer = client.post(path_of(name, arguments), dict.fromkeys(fields, ""))
        if answer.get("Content-Type", "").startswith("text/html") and answer.content.strip():
            pages += 1
            if texts := unmarked(answer.content.decode()):
                found[name] = texts

    assert found == {}
    assert pages >= 5
    assert marked.not_in("de") == marked.not_in("es") == []


# --- Templates that the walk meets in one state only

ROOT = settings.BASE_DIR / "templates"
TAGGED = re.compile(
    r"{% comment %}.*?{% endcomment %}|{#.*?#}|<!--.*?-->|<code>.*?</code>"
    r"|{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
SAID = re.compile(rf"(?:{'|'.join(OURS)})=\"([^\"]*)\"|>([^<]+)<")
LEFT = re.compile(
    r"BookShelf|html|99\+|hx-boost=.*|column desk"
    r"|To see it live, run in another terminal. \(Shown in DEBUG only.\)"
)
"""Names, what is no text, and what developers read."""


@pytest.mark.parametrize(
    "path", sorted(ROOT.rglob("*.html")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_template_says_anything_by_itself(path):
    source = TAGGED.sub("", path.read_text())
    said = {" ".join(filter(None, each)).strip() for each in SAID.findall(f">{source}<")}
    said = {LEFT.sub("", " ".join(each.split())) for each in said}

    assert [each for each in said if LETTERS.search(each)] == []


# --- The catalogs

CATALOGS = {
    code: settings.LOCALE_PATHS[0] / code / "LC_MESSAGES" / "django.po" for code in ("de", "es")
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}|</?[a-z]+|https?://[^\s\"<]+")
"""What has to be in a translation as well."""


@pytest.mark.parametrize("code", CATALOGS)
def test_a_catalog_has_every_text_with_its_placeholders(code):
    wrong, entries = [], polib.pofile(CATALOGS[code])
    for each in entries:
        texts = list(each.msgstr_plural.values()) or [each.msgstr]
        sources = {
            tuple(sorted(PLACEHOLDER.findall(text))) for text in (each.msgid, each.msgid_plural)
        }
        fit = all(tuple(sorted(PLACEHOLDER.findall(text))) in sources for text in texts)
        if each.fuzzy or each.obsolete or not all(texts) or not fit:
            wrong.append(each.msgid)

    assert wrong == []
    assert len(entries) > 900


@pytest.mark.parametrize("code", CATALOGS)
def test_a_catalog_is_compiled(code):
    def texts(entries) -> dict:
        return {(e.msgctxt, e.msgid): e.msgstr_plural or e.msgstr for e in entries}

    compiled = polib.mofile(CATALOGS[code].with_suffix(".mo"))

    assert texts(compiled) == texts(polib.pofile(CATALOGS[code])), "run script/messages"


def test_both_catalogs_have_the_same_texts():
    first, second = (
        {(e.msgctxt, e.msgid) for e in polib.pofile(path)} for path in CATALOGS.values()
    )

    assert first == second
