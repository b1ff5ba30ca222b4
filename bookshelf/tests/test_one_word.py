"""One word for one thing: the site is BookShelf, and no page calls anything else a shelf.

An author has posts, and a reader a reading list (docs/architecture.md, Glossary).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from lxml import html

from bookshelf.tests.answers import all_addresses, ask
from bookshelf.tests.post_views import World
from posts.factories import published
from posts.models import Shelf

SHELF = re.compile(r"(?<![\w/:.-])shel(f|ves)(?![\w/-])", re.IGNORECASE)
"""The word, but as a part of an address, of a name or of "BookShelf"."""

SAID_BY_ATTRIBUTES = ("title", "aria-label", "alt", "placeholder", "content", "value")

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "bookshelf", "posts", "updater")


@pytest.fixture
def world(settings, tmp_path) -> World:
    settings.MEDIA_ROOT = tmp_path
    world = World()
    published((world.post.slug,), author=world.ana)
    Shelf.objects.show(world.ana, True)
    return world


def words_of(body: str) -> str:
    """Return what a page says, in its text or by attributes that are read out."""
    page = html.fromstring(body)
    for each in page.xpath("//script | //style"):
        each.drop_tree()
    said = [value for name in SAID_BY_ATTRIBUTES for value in page.xpath(f"//@{name}")]
    return " ".join([*page.itertext(), *said])


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("who", ["guest", "ana"])
def test_no_page_and_no_feed_calls_anything_a_shelf(world, who):
    client = Client()
    if who == "ana":
        client.force_login(world.ana)
    found, pages = {}, 0
    for name, address in all_addresses(world).items():
        answer = ask(address, client=client)
        if answer.body and answer.get("content-type").startswith("text/html"):
            pages += 1
            said = words_of(answer.body.decode())
        elif re.search("xml|json|text", answer.get("content-type")):
            said = answer.body.decode()
        else:
            continue
        if place := SHELF.search(said):
            found[name] = said[max(0, place.start() - 60) : place.end() + 40]

    assert found == {}
    assert pages >= 50


def test_the_words_of_a_page_are_those_that_people_get():
    page = """<title>My shelf</title><i title="a shelf"></i>
        <p class="shelf" id="a-shelf">Your <a href="/shelf/">list</a> on BookShelf</p>"""

    assert len(SHELF.findall(words_of(page))) == 2


# --- Pages, mails and messages that the walk does not meet


def words_of_template(source: str) -> str:
    """Return the words of a template: without its comments, and names of its variables."""
    source = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", source, flags=re.DOTALL)
    said = " ".join(re.findall(r'=\s*"([^"]*)"', " ".join(re.findall(r"{%.*?%}", source))))
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source)
    return f"{words_of(source)} {said}" if source.strip() else said


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.*")), ids=lambda path: path.name
)
def test_no_template_calls_anything_a_shelf(path):
    assert not SHELF.search(words_of_template(path.read_text(encoding="utf-8")))


def said_in(path: Path) -> Iterator[str]:
    """Yield the texts of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for each in ast.walk(tree):
        text = getattr(each, "value", None)
        if isinstance(text, str) and " " in text and id(each) not in notes:
            yield text


@pytest.mark.parametrize("app", APPS)
def test_no_module_says_so_in_a_form_or_a_message(app):
    modules = [
        path for path in (ROOT / app).rglob("*.py") if not {"tests", "migrations"} & {*path.parts}
    ]
    found = [text for path in modules for text in said_in(path) if SHELF.search(text)]

    assert found == []


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda path: path.name
)
def test_no_document_does(path):
    prose = re.sub(r"```.*?```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert not SHELF.search(prose)
