"""Each page waits for one stylesheet, which is joined from the files of static/."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client, RequestFactory, override_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from bookshelf.stylesheet import NAME, PARTS, joined
from bookshelf.tests.answers import all_addresses, ask
from bookshelf.tests.post_views import World

SOURCES = project.BASE_DIR / "static"
ONE = re.compile(r'rel="?stylesheet')


def waits_for(page: str) -> list[str]:
    """Return what a browser has to load before it shows a word of a page."""
    head = page.partition("</head>")[0]
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', head)
    # Whatever of its kind is written in another way counts as well.
    others = len(ONE.findall(page)) - len(styles)
    scripts = re.findall(r"<script(?![^>]*(?:\sdefer|\sasync))[^>]*>", head)
    return styles + scripts + ["another"] * others + re.findall(r"<style|@import", page)


@pytest.mark.django_db(transaction=True)
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("who", ["guest", "ana"])
def test_every_page_waits_for_one_stylesheet_and_for_nothing_else(settings, tmp_path, who):
    settings.MEDIA_ROOT = tmp_path
    world, client = World(), Client()
    if who == "ana":
        client.force_login(world.ana)
    addresses = {**all_addresses(world), "no page": "/nowhere/"}

    seen, wrong = 0, {}
    for name, address in addresses.items():
        page = ask(address, client=client).body.decode(errors="replace")
        # The admin is Django's, which has a stylesheet for each of its widgets.
        if not page.lstrip().lower().startswith("<!doctype") or name.startswith("admin:"):
            continue
        seen += 1
        if waits_for(page) != [f"/static/{NAME}"]:
            wrong[name] = waits_for(page)

    assert wrong == {}
    assert seen > (5 if who == "guest" else 40)


@pytest.mark.parametrize(
    ("folder", "address"),
    [("templates", f"{{% static '{NAME}' %}}"), ("deploy/nginx/pages", f"/static/{NAME}")],
)
def test_the_pages_that_no_view_draws_do_so_too(folder, address):
    """Those of errors, BookShelf's and the proxy's."""
    files = (project.BASE_DIR / folder).rglob("*.html")
    pages = {path.name: path.read_text() for path in files if "<head>" in path.read_text()}

    assert len(pages) >= 3
    assert {name for name, page in pages.items() if waits_for(page) != [address]} == set()


def test_it_has_every_file_of_ours_once():
    assert sorted(PARTS) == sorted(path.name for path in SOURCES.glob("*.css"))


def test_it_says_what_its_parts_say():
    def without_comments(text: str) -> str:
        return "".join(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split())

    parts = "".join((SOURCES / part).read_text() for part in PARTS)

    assert "".join(joined().split()) == without_comments(parts)
    # A comment's marks in a text of ours would be taken for one.
    assert not re.search(r'"[^"\n]*(/\*|\*/)[^"\n]*"', parts)


def test_what_it_shows_is_beside_it():
    for name in re.findall(r'url\("?([^")]+)', joined()):
        assert (SOURCES / name).is_file(), name


# --- In DEBUG ---


@pytest.fixture
def sources(tmp_path, settings):
    """A copy of the parts, which a developer may edit."""
    (tmp_path / "static").mkdir()
    for part in PARTS:
        (tmp_path / "static" / part).write_text(f".{part.replace('.', '-')} {{ top: 0 }}\n")
    settings.BASE_DIR = tmp_path
    return tmp_path / "static"


@pytest.fixture
def load():
    """Load a file as a browser does from a server in DEBUG that has collected nothing."""
    with override_settings(DEBUG=True, WHITENOISE_AUTOREFRESH=True, WHITENOISE_USE_FINDERS=True):
        serve = WhiteNoiseMiddleware(lambda request: None)

    def load(name=NAME, **headers):
        return serve(RequestFactory().get(f"/static/{name}", headers=headers))

    return load


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


def test_in_debug_an_edit_shows_at_the_next_load(sources, load):
    assert "red" not in body(load())

    (sources / PARTS[1]).write_text("p { color: red }")

    assert body(load()).index(".bookshelf-css") < body(load()).index("red")


def test_in_debug_what_is_unchanged_is_not_sent_again(sources, load):
    first = load()
    assert "max-age=0" in first["Cache-Control"]

    assert load(if_none_match=first["ETag"]).status_code == 304
    (sources / PARTS[-1]).write_text("p { color: red }")
    assert load(if_none_match=first["ETag"]).status_code == 200


def test_another_file_is_not_its_business():
    assert finders.find("favicon.svg").endswith("static/favicon.svg")
    assert finders.find("nothing.css") is None
    assert [Path(path).name for path in finders.find(NAME, find_all=True)] == [NAME]


# --- Collected ---


def test_it_is_collected_with_a_hash_and_compressed_by_gzip_and_brotli(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    (name,) = [path.name for path in tmp_path.glob("style.*.css")]
    assert re.fullmatch(r"style\.[0-9a-f]{12}\.css", name)
    sizes = [(tmp_path / f"{name}{coding}").stat().st_size for coding in ("", ".gz", ".br")]
    assert sizes == sorted(sizes, reverse=True)
    # The pictures that it shows are named by their hash.
    assert "star.svg" not in (tmp_path / name).read_text()
    with override_settings(WHITENOISE_AUTOREFRESH=False, WHITENOISE_USE_FINDERS=False):
        serve = WhiteNoiseMiddleware(lambda request: None)
    for taken, coding in (("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)):
        headers = {"accept-encoding": taken}
        response = serve(RequestFactory().get(f"/static/{name}", headers=headers))
        assert response.get("Content-Encoding") == coding
        assert "immutable" in response["Cache-Control"]
        assert response["Vary"] == "Accept-Encoding"
