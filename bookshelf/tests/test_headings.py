"""A page that htmx swaps in is announced by its heading, which has the focus."""

from http import HTTPStatus

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client
from lxml import html

from bookshelf.tests.post_views import World, path_of, view_names
from posts.factories import commented, published

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

BOOSTED = {"HX-Request": "true", "HX-Boosted": "true", "HX-Request-Type": "full"}
BACK = {"HX-Request": "true", "HX-History-Restore-Request": "true", "HX-Request-Type": "full"}
RESET = {"HX-Request": "true", "HX-Request-Type": "full"}

# What a page asks for on purpose: the field to type in, the button that repeats what was pressed.
OTHERS = {"button", "input", "textarea"}


def focused(response: HttpResponse) -> list[html.HtmlElement]:
    assert response.status_code == HTTPStatus.OK
    return html.fromstring(response.content.decode()).xpath("//main//*[@autofocus]")


def is_on_the_heading(response: HttpResponse) -> bool:
    (element,) = focused(response)
    return element.tag == "h1" and element.get("tabindex") == "-1"


def test_every_page_that_is_swapped_in_has_the_focus_on_its_heading(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = World()
    samples = world.samples()
    ana, guest, pages = Client(), Client(), 0

    for name in sorted(view_names()):
        arguments = samples[name][0] if name in samples else world.arguments_of(name)
        # Some addresses sign out, and some are for guests alone.
        ana.force_login(world.ana)
        for client in (ana, guest):
            response = client.get(path_of(name, arguments), headers=BOOSTED)
            if response.status_code == HTTPStatus.OK:
                break
        if response.status_code != HTTPStatus.OK or b"<main" not in response.content:
            continue
        pages += 1
        tree = html.fromstring(response.content.decode())
        found = tree.xpath("//main//*[@autofocus]")
        assert found, name
        assert all(each.tag == "h1" or each.tag in OTHERS for each in found), name

    assert pages > 50


@pytest.mark.parametrize("headers", [{}, BACK, RESET])
def test_a_page_that_is_loaded_restored_or_reset_moves_no_focus(client, ana, headers):
    post, _ = published(author=ana)

    for path in ("/", post.get_absolute_url()):
        assert focused(client.get(path, headers=headers)) == []


def test_a_comment_that_was_just_made_has_the_focus(as_ana, ana):
    post, _ = published(author=ana)

    response = as_ana.post(
        f"/posts/{post.pk}/comments/",
        {"body": "Half agony."},
        headers=BOOSTED | {"HX-Source": "form#comment-form"},
        follow=True,
    )

    (element,) = focused(response)
    assert element.get("id") == f"comment-{post.comments.get().pk}"


def test_what_can_be_pressed_again_keeps_the_focus(admin_client, ana):
    post, _ = published(author=ana)

    response = admin_client.get(
        post.get_absolute_url(), headers=BOOSTED | {"HX-Source": "form#pin"}
    )
    assert focused(response) == []
    assert b'id="pin-button"' in response.content

    # The form that removed a comment is gone with it.
    gone = BOOSTED | {"HX-Source": "form"}
    assert is_on_the_heading(admin_client.get(post.get_absolute_url(), headers=gone))


def test_a_form_that_comes_back_with_errors_does_not_lose_the_focus_to_the_heading(as_ana):
    response = as_ana.post("/posts/new/", {"title": ""}, headers=BOOSTED)

    tree = html.fromstring(response.content.decode())
    assert tree.xpath("//h1[@autofocus]") == []


def test_the_heading_is_described_by_what_was_done(as_ana, ana):
    post, _ = published(author=ana)

    response = as_ana.post(f"/posts/{post.pk}/delete/", headers=BOOSTED, follow=True)

    (heading,) = focused(response)
    places = heading.get("aria-describedby").split()
    tree = html.fromstring(response.content.decode())
    assert "undone" in places
    assert all(tree.xpath(f"//*[@id='{place}']") for place in places)


def test_words_that_people_wrote_take_no_focus(client, ana):
    post, _ = published(author=ana, title="<h1 autofocus>", body="<h1 autofocus> \n\n <h1>")
    commented(post, "<input autofocus>")

    assert is_on_the_heading(client.get(post.get_absolute_url(), headers=BOOSTED))


def test_a_form_is_no_status():
    for template in (django_settings.BASE_DIR / "templates").rglob("*.html"):
        for tag in template.read_text().split("<form")[1:]:
            assert 'role="status"' not in tag.partition(">")[0], template.name


def test_a_browser_does_not_take_one_page_for_the_other(client):
    """Back would show the page with the focus on its heading, from the browser's cache."""
    for headers in ({}, BOOSTED):
        assert "HX-Boosted" in client.get("/", headers=headers)["Vary"]
