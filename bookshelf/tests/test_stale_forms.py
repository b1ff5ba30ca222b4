"""Whatever is sent with the CSRF token of another login: nothing is stored, and nothing is lost."""

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from lxml import html

from accounts.signing_in import KEPT
from bookshelf.tests.post_views import (
    EMMA,
    FORMS,
    PASSWORD,
    WITHOUT_POST,
    client_of,
    path_of,
    view_names,
)
from posts.models import Cover
from posts.tests.pictures import picture, upload

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true", "HX-Request-Type": "full"}

STALE = "s" * 64
"""A token that has the right form, of another login."""

BY_CHANCE = {"token_hash", "word", "password", "token", "submission", "last_login", "session_data"}
"""Fields that differ each time, when the same is done again."""

OTHER_LOGIN = {"csrfmiddlewaretoken": STALE}

WAYS = {
    "drawn for another user": (OTHER_LOGIN, {}),
    "drawn for a guest": ({}, {}),
    "with htmx": (OTHER_LOGIN, HTMX),
    "with htmx, drawn for a guest": ({}, HTMX),
    "boosted": (OTHER_LOGIN, BOOSTED),
}
"""What a form sends for a token, and how."""


def stored() -> dict[str, list]:
    """Return what is in the database, but for sessions, ids, times and what is random."""
    kinds = (models.CharField, models.TextField, models.BooleanField, models.IntegerField)
    found = {}
    for model in apps.get_models():
        if model in (Session, UserSession):
            continue
        names = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, kinds)
            and not field.primary_key
            and not field.name.endswith("_id")
            and field.name not in BY_CHANCE
        ]
        rows = model._base_manager.values_list(*names or ["pk"])
        found[model._meta.label] = sorted(map(repr, rows)) if names else [len(rows)]
    return found


def send(client: Client, path: str, fields: dict[str, Any], **headers: str) -> HttpResponse:
    return client.post(path, fields, headers=headers)


def texts_of(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if "password" not in name}


def form_with(response: HttpResponse, fields: dict[str, Any]) -> html.FormElement:
    """Return the form of the page that has all these fields, as they were sent.

    Not one of every page's header or footer.
    """
    found = html.fromstring(response.content).xpath("//main//form | //body/form")
    forms = [form for form in found if holds(form, fields)]
    assert forms, f"none of {[dict(form.form_values()) for form in found]} has {fields}"
    return forms[0]


def values_of(form: html.FormElement) -> dict[str, Any]:
    """Return what a browser would send, without the name of a button."""
    values: dict[str, Any] = {}
    for name, value in form.form_values():
        # A browser leaves out the line end with which a text area begins.
        is_text = isinstance(form.inputs[name], html.TextareaElement)
        values.setdefault(name, []).append(value.removeprefix("\n") if is_text else value)
    return values


def holds(form: html.FormElement, fields: dict[str, Any]) -> bool:
    if form.get("method", "").lower() != "post":
        return False
    values = values_of(form)
    names = set(form.fields.keys())
    # The name of a button that was pressed is no field of the form that comes back.
    return all(
        sorted(values.get(name, ())) == sorted(value if isinstance(value, list) else [value])
        for name, value in fields.items()
        if value != "" or name in names
    )


def send_again(
    client: Client, path: str, form: html.FormElement, fields: dict[str, Any]
) -> HttpResponse:
    """Send the form that came back, as a browser would: passwords are typed again."""
    passwords = {name: value for name, value in fields.items() if "password" in name}
    values = values_of(form) | passwords
    assert values.get("csrfmiddlewaretoken") not in (None, [STALE])
    return client.post(form.get("action") or path, values)


def done_at_once(client: Client, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, list]]:
    """Return what the view answers and stores when the token is right, and undo it."""
    page = html.fromstring(client.get("/accounts/password/reset/").content)
    token = page.xpath("//main//form")[-1].fields["csrfmiddlewaretoken"]
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = send(client, path, fields | {"csrfmiddlewaretoken": token})
        after = stored()
        transaction.set_rollback(True)
    client.cookies = cookies
    return response.status_code, after


@pytest.fixture(scope="module")
def known() -> dict[tuple[str, bool], tuple[int, dict[str, list]]]:
    """What is done at once, by the view and whether somebody is signed in."""
    return {}


@pytest.fixture
def at_once(known) -> Callable[..., tuple[int, dict[str, list]]]:
    """Do as `done_at_once`, once for a view: each test begins with the same world."""

    def look(
        client: Client, name: str, path: str, fields: dict[str, Any]
    ) -> tuple[int, dict[str, list]]:
        key = name, settings.SESSION_COOKIE_NAME in client.cookies
        if key not in known:
            known[key] = done_at_once(client, path, fields)
        return known[key]

    return look


NAMES = [
    *sorted(view_names() - WITHOUT_POST),
    "admin:login", "admin:logout", "admin:posts_tag_add", "admin:posts_post_change",
]  # fmt: skip


def test_what_has_no_sample_takes_no_post(world):
    client = client_of(world.ana)
    client.handler.enforce_csrf_checks = False

    for name in sorted(WITHOUT_POST - {"account_confirm_login_code"}):
        assert client.post(path_of(name, world.arguments_of(name))).status_code == 405, name


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_form_of_another_login_stores_nothing_and_loses_nothing(world, at_once, name, way):
    arguments, fields = world.samples()[name]
    path, client = path_of(name, arguments), client_of(world.ana)
    done = at_once(client, name, path, fields)
    before, (token, headers) = stored(), WAYS[way]

    response = send(client, path, fields | token, **headers)

    assert response.status_code == 403
    assert stored() == before
    assert "another tab" in response.content.decode()
    assert PASSWORD not in response.content.decode()
    again = send_again(client, path, form_with(response, texts_of(fields)), fields)
    assert (again.status_code, stored()) == done


@pytest.mark.parametrize("name", NAMES)
def test_a_page_of_another_login_gets_the_fresh_token_and_stays(world, at_once, name):
    arguments, fields = world.samples()[name]
    path, client = path_of(name, arguments), client_of(world.ana)
    done = at_once(client, name, path, fields)

    text = send(client, path, fields | OTHER_LOGIN, **BOOSTED).content.decode()

    # All that htmx shows is the heading (hx-status of the page), and these go to their places.
    assert text.count("<h1") == 1
    partials = re.findall(
        r'<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">'
        r'<input type="hidden" name="csrfmiddlewaretoken" value="(\w+)"></hx-partial>',
        text,
    )
    assert [swap for _, swap, _ in partials] == ["outerHTML", "beforeend"]
    again = send(client, path, fields | {"csrfmiddlewaretoken": partials[0][2]})
    assert (again.status_code, stored()) == done


@pytest.mark.parametrize("name", NAMES)
def test_a_form_that_was_open_when_the_session_ended_loses_nothing(world, at_once, name):
    arguments, fields = world.samples()[name]
    path, client = path_of(name, arguments), client_of(None)
    done, before = at_once(client, name, path, fields), stored()

    response = send(client, path, fields | OTHER_LOGIN)

    assert stored() == before
    if response.status_code == 302:
        # Nothing was typed: the form is where the link to sign in leads back to.
        assert "/login/" in response["Location"]
        assert KEPT not in client.session
        return
    assert response.status_code == 403
    again = send_again(client, path, form_with(response, texts_of(fields)), fields)
    assert (again.status_code, stored()) == done
    if hasattr(resolve(path).func, "form"):
        client.force_login(world.ana)
        assert client.session[KEPT]["path"] == path


@pytest.mark.parametrize("name", sorted(FORMS))
def test_what_was_typed_is_in_its_own_form_after_signing_in(world, name):
    arguments, fields = world.samples()[name]
    path, guest = path_of(name, arguments), client_of(None)
    guest.handler.enforce_csrf_checks = False
    guest.post(path, fields)

    client = guest
    client.force_login(world.ana)
    where = world.post.get_absolute_url() if name == "posts:comments" else path
    page = client.get(where)

    form_with(page, fields)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_it_comes_back_in_its_own_form(world, name):
    arguments, fields = world.samples()[name]
    path, client = path_of(name, arguments), client_of(world.ana)

    page = html.fromstring(send(client, path, fields | OTHER_LOGIN).content)

    form = next(form for form in page.forms if holds(form, fields))
    reply = f"reply-form-{world.comment.pk}"
    assert form.get("id") in {"post-form", "comment-form", reply, "settings-form", "mod-form"}
    assert "another tab" in form.text_content()


@pytest.mark.parametrize("button", ["keep", "preview"])
def test_the_other_buttons_of_the_form_store_nothing_either(world, button):
    client, before = client_of(world.ana), stored()

    response = send(client, "/posts/new/", EMMA | OTHER_LOGIN | {button: "1"})

    assert response.status_code == 403
    form_with(response, EMMA)
    assert stored() == before


def test_a_file_is_not_stored_and_the_page_says_to_choose_it_again(world):
    client = client_of(world.ana)

    for headers in ({}, BOOSTED):
        cover = upload(picture())
        response = send(client, "/posts/new/", EMMA | OTHER_LOGIN | {"cover": cover}, **headers)

        assert "choose it again" in response.content.decode()
    assert not Cover.objects.exists()


def test_a_picture_that_the_form_has_kept_comes_back_with_it(world):
    client = client_of(world.ana)
    client.handler.enforce_csrf_checks = False
    page = client.post("/posts/new/", {"cover": upload(picture())})
    kept = html.fromstring(page.content).xpath("//input[@name='pending_cover']/@value")[0]
    client.handler.enforce_csrf_checks = True

    response = send(client, "/posts/new/", EMMA | OTHER_LOGIN | {"pending_cover": kept})

    form_with(response, EMMA | {"pending_cover": kept})
