"""The help with writing: its examples are drawn by what draws reviews."""

import pytest
from django.utils.html import escape

from posts.content import markdown
from posts.factories import published
from posts.views.help import SPOILERS, TAGS, TEXT

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    return client.get("/help/").content.decode()


@pytest.mark.parametrize("example", TEXT + SPOILERS, ids=lambda example: example.what)
def test_an_example_shows_what_is_typed_and_what_our_renderer_makes_of_it(example, page):
    assert f">{escape(example.typed)}</pre>" in page
    assert markdown.to_html(example.typed, example.what) in page


def test_the_examples_show_all_that_can_be_written():
    drawn = "".join(markdown.to_html(example.typed) for example in TEXT + SPOILERS)

    for tag in ("em", "strong", "s", "br", "blockquote", "ul", "ol", "h3", "a", "hr", "code"):
        assert f"<{tag}" in drawn, tag
    assert drawn.count("<details") == len(SPOILERS)
    assert "spoiler--whole" in drawn


def test_tags_are_read_as_the_form_reads_them(page):
    assert escape(TAGS.typed) in page
    for name in ("ghost stories", "In Translation", "novella", "C++"):
        assert f"<span>{name}</span>" in page


def test_who_writes_finds_the_help(as_ana, ana, client):
    post, _ = published(author=ana)

    for path in ("/posts/new/", post.get_absolute_url()):
        assert 'href="/help/" target="_blank"' in as_ana.get(path).content.decode()
