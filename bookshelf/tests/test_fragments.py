"""An answer to htmx that is not the fragment asked for goes where it belongs."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from lxml import html

from bookshelf.fragments import FragmentMiddleware
from bookshelf.tests.post_views import path_of, view_names

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
SELECTED = {"HX-Request": "true", "HX-Request-Type": "full"}
LINK = {"HX-Request": "true", "HX-Boosted": "true", "HX-Request-Type": "full"}
BACK = {"HX-Request": "true", "HX-History-Restore-Request": "true", "HX-Request-Type": "full"}

PAGE = "<!doctype html><title>Oh</title><main id=main><h1>Oh</h1></main>"
IN_TROUBLE = {
    "HX-Retarget": "#trouble",
    "HX-Reselect": "h1",
    "HX-Reswap": "innerHTML",
    "HX-Push-Url": "false",
}


def answer(response: HttpResponse, headers: dict, method: str = "POST") -> HttpResponse:
    """Return what becomes of this answer to a request with these headers."""
    request = RequestFactory().generic(method, "/posts/1/like/?a=1", headers=headers)
    return FragmentMiddleware(lambda request: response)(request)


def hx(response: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in response.items() if name.startswith("HX-")}


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 502, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("headers", [FRAGMENT, SELECTED])
def test_the_page_of_an_error_is_not_put_into_a_small_place(status, method, headers):
    response = answer(HttpResponse(PAGE, status=status), headers, method)

    assert response.status_code == status
    assert hx(response) == IN_TROUBLE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("headers", [FRAGMENT, SELECTED])
def test_a_redirect_is_the_browsers(status, headers):
    redirect = HttpResponse(status=status, headers={"Location": "/accounts/login/?next=/"})
    redirect.set_cookie("sessionid", "x")

    response = answer(redirect, headers)

    assert response.status_code == 200
    assert hx(response) == {"HX-Redirect": "/accounts/login/?next=/"}
    assert response.content == b""
    assert response.cookies["sessionid"].value == "x"


def test_a_page_is_no_answer_to_a_request_for_a_fragment():
    assert hx(answer(HttpResponse(PAGE), FRAGMENT, "GET")) == {"HX-Redirect": "/posts/1/like/?a=1"}
    assert hx(answer(HttpResponse(PAGE), SELECTED, "GET")) == {}


@pytest.mark.parametrize("headers", [LINK, BACK])
def test_a_link_to_what_is_gone_shows_its_page(headers):
    response = answer(HttpResponse(PAGE, status=410), headers, "GET")

    assert hx(response) == {"HX-Redirect": "/posts/1/like/?a=1"}
    assert hx(answer(HttpResponse(PAGE, status=503), headers, "GET")) == {}
    assert hx(answer(HttpResponse(PAGE), headers, "GET")) == {}


@pytest.mark.parametrize("status", [200, 401, 409, 422])
@pytest.mark.parametrize("headers", [FRAGMENT, SELECTED, LINK, BACK, {}])
def test_a_fragment_passes_whatever_its_status(status, headers):
    assert hx(answer(HttpResponse("<form></form>", status=status), headers)) == {}


def test_without_htmx_nothing_changes():
    redirect = HttpResponse(status=302, headers={"Location": "/"})

    assert answer(redirect, {}) is redirect
    assert hx(answer(HttpResponse(PAGE, status=404), {})) == {}


@pytest.mark.django_db
@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(view_names()))
def test_no_view_answers_a_request_for_a_fragment_with_a_page(world, settings, name, method, debug):
    settings.DEBUG = debug
    samples = world.samples()
    if name in samples:
        arguments, fields = samples[name]
    else:
        arguments, fields = world.arguments_of(name), {}
    path = path_of(name, arguments)
    guest, strict, ana = Client(), Client(enforce_csrf_checks=True), Client()
    strict.force_login(world.ana)
    ana.force_login(world.ana)

    for client in (guest, strict, ana):
        response = getattr(client, method)(path, fields, headers=FRAGMENT)
        assert int(response.get("Content-Length", 0)) in (0, len(response.content))

        if b"<!doctype" not in response.content.lower():
            assert "Location" not in response
            continue
        page = html.fromstring(response.content)
        assert len(page.xpath("//h1")) == 1
        if response.status_code >= 400:
            assert IN_TROUBLE.items() <= hx(response).items()
        else:
            assert "HX-Redirect" in response or method == "post"
