"""A page of another site changes nothing here, whatever it has a browser send."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from posts.factories import published
from posts.models import Comment, Like, Post

pytestmark = pytest.mark.django_db

EMMA = {"title": "Planted", "book_author": "Mallory", "body": "Planted."}

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://mallory.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    # Older browsers.
    {"Origin": "https://mallory.example"},
    {"Origin": "http://testserver:8080"},
    {"Origin": "https://testserver"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://mallory.example"},
]

PATHS = [
    "/posts/new/", "/posts/{pk}/comments/", "/posts/{pk}/like/", "/accounts/login/",
    "/accounts/signup/", "/accounts/logout/", "/accounts/settings/", "/admin/login/", "/nowhere/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_post_from_elsewhere_is_refused_and_leaves_nothing_behind(path):
    post, _ = published()

    for headers in FOREIGN:
        # What a form of another site sends comes without our cookies (SameSite).
        response = Client().post(path.format(pk=post.pk), EMMA, headers=headers)

        assert response.status_code == 403, headers
        assert not response.cookies, headers
    assert not Session.objects.exists()
    assert Post.objects.count() == 1
    assert not Comment.objects.exists()


@pytest.mark.parametrize("path", PATHS)
def test_a_post_from_elsewhere_signs_nobody_out(as_ana, path):
    post, _ = published()
    before = dict(as_ana.session)

    for headers in FOREIGN:
        response = as_ana.post(path.format(pk=post.pk), EMMA, headers=headers)

        assert response.status_code == 403, headers
        assert not response.cookies, headers
    assert dict(as_ana.session) == before
    assert as_ana.get("/accounts/settings/").status_code == 200
    assert not Like.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_unsafe_methods_are_refused_as_well(client, method):
    assert getattr(client, method)("/posts/new/", headers=FOREIGN[0]).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver"},
    ],
)
def test_our_own_pages_may_send(as_ana, headers):
    assert as_ana.post("/posts/new/", EMMA, headers=headers).status_code == 302


def test_links_from_elsewhere_lead_here(client):
    assert client.get("/", headers=FOREIGN[0]).status_code == 200
