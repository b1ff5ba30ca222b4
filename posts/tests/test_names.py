"""A new name is a change of the log, whoever gives it; saving an account otherwise is none."""

import pytest
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import RENAMED
from bookshelf import doorbell
from bookshelf.log import Change

pytestmark = pytest.mark.django_db

SETTINGS = "/accounts/settings/"


def renamed() -> list[int]:
    """Return whom the log says to have another name, in order."""
    found = Change.objects.filter(kind=RENAMED).order_by("seq")
    return list(found.values_list("author_id", flat=True))


def test_a_name_that_is_set_is_recorded_and_announced(
    ana, as_ana, monkeypatch, django_capture_on_commit_callbacks
):
    rung = []
    monkeypatch.setattr("bookshelf.doorbell.ring", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        as_ana.post(SETTINGS, {"name": "Ana Blum"})

    assert renamed() == [ana.pk]
    assert [message["type"] for message in rung] == [doorbell.NOTICE]


def test_other_settings_and_the_same_name_are_no_change(ana, as_ana):
    as_ana.post(SETTINGS, {"name": "Ana", "show_in_rooms": "on"})

    assert renamed() == []


def test_what_somebody_says_about_themselves_is_a_change(ana, as_ana):
    as_ana.post(SETTINGS, {"name": "Ana", "about": "Reads at night."})

    assert renamed() == [ana.pk]


def test_a_name_that_is_refused_is_no_change(ana, as_ana):
    as_ana.post(SETTINGS, {"name": "…"})

    assert renamed() == []


def test_signing_up_and_in_is_no_change(client):
    fields = {"username": "cleo", "password1": "a very quiet room"}
    client.post("/accounts/signup/", fields | {"password2": "a very quiet room"})
    Client().post("/accounts/login/", {"login": "cleo", "password": "a very quiet room"})

    assert renamed() == []


def test_a_username_counts_where_it_is_what_others_see(ana):
    ana.username = "ana2"
    ana.save()
    assert renamed() == []

    nameless = UserFactory(username="nameless", name="")
    nameless.username = "somebody"
    nameless.save(update_fields=["username"])
    assert renamed() == [nameless.pk]


def test_the_admin_renames_through_the_log(ana):
    admin = Client()
    admin.force_login(UserFactory(is_staff=True, is_superuser=True))
    path = f"/admin/accounts/user/{ana.pk}/change/"
    form = admin.get(path).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    known = {name: value for name, value in fields.items() if value not in (None, False)}

    # Django's admin asks for a date and a time apart.
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}
    answer = admin.post(path, known | joined | {"name": "Ana Blum"})

    assert answer.status_code == 302
    assert renamed() == [ana.pk]
