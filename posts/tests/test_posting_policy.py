"""Who may write posts (WHO_MAY_POST), and what the others are told."""

import pytest

from accounts.factories import UserFactory
from accounts.posting_policy import posting_refusal
from posts.models import Draft, Post

pytestmark = pytest.mark.django_db

RULES = ["everybody", "invited", "approved", "staff"]
EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "Clever, and wrong."}


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ({}, ["everybody"]),
        ({"is_invited": True}, ["everybody", "invited"]),
        ({"is_approved": True}, ["everybody", "invited", "approved"]),
        ({"is_staff": True}, RULES),
    ],
    ids=["member", "invited", "approved", "staff"],
)
@pytest.mark.parametrize("rule", RULES)
def test_who_may_post_under_which_rule(settings, client, rule, who, allowed):
    settings.WHO_MAY_POST = rule
    user = UserFactory(**who)
    client.force_login(user)

    page = client.get("/posts/new/")
    answer = client.post("/posts/new/", EMMA)

    assert (posting_refusal(user) == "") == (rule in allowed)
    assert (page.status_code, answer.status_code) == ((200, 302) if rule in allowed else (403, 403))
    assert Post.objects.exists() == (rule in allowed)


def test_who_may_not_learns_why_before_typing(settings, as_ana):
    settings.WHO_MAY_POST = "invited"

    page = as_ana.get("/posts/new/").content.decode()

    assert "Ask a member for an invitation" in page
    assert "<textarea" not in page


def test_what_was_typed_comes_back(settings, as_ana):
    settings.WHO_MAY_POST = "approved"

    page = as_ana.post("/posts/new/", EMMA).content.decode()

    assert "Ask the people who run this site" in page
    assert "Clever, and wrong." in page


def test_drafts_are_kept_for_when_one_may(settings, as_ana):
    settings.WHO_MAY_POST = "approved"

    kept = as_ana.post("/posts/new/", EMMA | {"keep": "1"})
    page = as_ana.get(kept["Location"]).content.decode()

    assert not Post.objects.exists()
    assert EMMA["body"] in Draft.objects.values_list("body", flat=True)
    assert "Ask the people who run this site" in page


def test_ones_own_posts_can_still_be_edited(settings, as_ana, ana):
    as_ana.post("/posts/new/", EMMA)
    settings.WHO_MAY_POST = "staff"
    post = Post.objects.get()

    as_ana.post(f"/posts/{post.pk}/edit/", EMMA | {"title": "Emma again", "version": "1"})

    post.refresh_from_db()
    assert post.title == "Emma again"


@pytest.mark.parametrize("rule", RULES)
def test_who_joins_learns_what_it_takes(settings, client, rule):
    settings.WHO_MAY_POST = rule

    page = client.get("/accounts/signup/").content.decode()

    assert ("Everybody may read, comment" in " ".join(page.split())) == (rule != "everybody")


def test_an_admin_approves_accounts_in_one_step(settings, client, ana, ben):
    settings.WHO_MAY_POST = "approved"
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    path = "/admin/accounts/user/"

    client.post(path, {"action": "approve", "_selected_action": [ana.pk]})

    ana.refresh_from_db()
    assert (posting_refusal(ana), bool(posting_refusal(ben))) == ("", True)
    listed = client.get(f"{path}?is_approved__exact=0").content.decode()
    assert "ben" in listed
    assert f"/user/{ana.pk}/" not in listed

    client.post(path, {"action": "withdraw_approval", "_selected_action": [ana.pk]})
    ana.refresh_from_db()
    assert posting_refusal(ana)
