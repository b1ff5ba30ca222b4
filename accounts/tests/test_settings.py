"""What readers say about themselves, and who may see it."""

import pytest
from django.test import Client
from lxml import html

from accounts.factories import UserFactory
from accounts.forms import SettingsForm
from accounts.models import User
from accounts.profile.name_visibility import visible_names

pytestmark = pytest.mark.django_db

PATH = "/accounts/settings/"


def test_a_stranger_is_sent_to_sign_in_and_brought_back(client):
    assert client.get(PATH)["Location"] == f"/accounts/login/?next={PATH}"
    assert client.post(PATH, {"name": "Mallory"}).status_code == 302


def test_nobody_is_named_in_rooms_until_they_say_so(ana, as_ana):
    page = html.fromstring(as_ana.get(PATH).content)

    assert page.get_element_by_id("id_show_in_rooms").get("checked") is None
    assert visible_names([ana.pk]) == {}


def test_settings_are_saved_and_said_to_be(ana, as_ana):
    typed = {"name": " Ana  Blum ", "about": "Reads at night.", "show_in_rooms": "on"}

    text = as_ana.post(PATH, typed, follow=True).content.decode()

    ana.refresh_from_db()
    assert (ana.name, ana.about, ana.show_in_rooms) == ("Ana Blum", "Reads at night.", True)
    assert "Your settings are saved." in text
    as_ana.post(PATH, {"name": "Ana"})
    ana.refresh_from_db()
    assert (ana.about, ana.show_in_rooms) == ("", False)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "x" * 81}, {"name": "…\u200b"}, {"name": "A\x00na"}, {"about": "long " * 61}],
)
def test_a_mistake_is_explained_and_what_was_typed_comes_back(ana, as_ana, wrong):
    typed = {"name": "Ana Blum", "about": "Reads at night.", "show_in_rooms": "on"} | wrong

    response = as_ana.post(PATH, typed)

    assert response.status_code == 422
    page = html.fromstring(response.content)
    assert page.xpath("//*[@class='error']")
    if "name" not in wrong:
        assert page.get_element_by_id("id_name").get("value") == "Ana Blum"
    assert page.get_element_by_id("id_about").text_content().strip() == typed["about"].strip()
    assert page.get_element_by_id("id_show_in_rooms").get("checked") is not None
    ana.refresh_from_db()
    assert (ana.name, ana.about, ana.show_in_rooms) == ("Ana", "", False)


def test_the_header_names_one_as_stored_while_a_mistake_is_mended(as_ana):
    page = html.fromstring(as_ana.post(PATH, {"name": "A" * 81}).content)

    assert page.xpath("//bdi[starts-with(@class, 'nav-name')]")[0].text_content() == "Ana"


def test_other_fields_of_an_account_cannot_be_set_here(ana, as_ana):
    as_ana.post(PATH, {"name": "Ana", "username": "root", "is_staff": "on", "is_superuser": "on"})

    ana.refresh_from_db()
    assert (ana.username, ana.is_staff, ana.is_superuser) == ("ana", False, False)


def test_only_get_and_post_are_answered(as_ana):
    assert as_ana.delete(PATH).status_code == 405


def test_ones_own_shelf_leads_to_the_settings_and_nobody_elses_does(as_ana, ana, ben):
    def leads(client: Client, path: str) -> bool:
        page = html.fromstring(client.get(path).content)
        return bool(page.xpath(f"//main//a[@href='{PATH}']"))

    assert leads(as_ana, "/readers/ana/")
    assert not leads(as_ana, "/readers/ben/")
    assert not leads(Client(), "/readers/ana/")


def test_names_are_shown_of_those_alone_who_want_it_and_may_still_sign_in(
    django_assert_num_queries,
):
    shown = UserFactory(name="Ana", show_in_rooms=True)
    without_a_name = UserFactory(name="", username="ben", show_in_rooms=True)
    hidden = UserFactory(name="Cleo")
    gone = UserFactory(name="Dora", show_in_rooms=True, is_active=False)

    with django_assert_num_queries(1):
        names = visible_names([shown.pk, without_a_name.pk, hidden.pk, gone.pk, 999_999])

    assert names == {shown.pk: "Ana", without_a_name.pk: "ben"}
    with django_assert_num_queries(0):
        assert visible_names([]) == {}


def test_a_reader_says_what_to_be_told_of(ana, as_ana):
    as_ana.post(PATH, {"wanted": ["replied", "mentioned"], "digest": "on"})

    ana.refresh_from_db()
    assert (ana.muted, ana.digest) == (["commented", "liked", "posted"], True)
    page = html.fromstring(as_ana.get(PATH).content)
    ticked = page.xpath("//input[@name='wanted'][@checked]/@value")
    assert ticked == ["replied", "mentioned"]


def test_saving_the_settings_leaves_alone_what_changes_meanwhile(ana, as_ana):
    form = SettingsForm({"name": "Ana"}, instance=ana)
    User.objects.filter(pk=ana.pk).update(unread=3)

    assert form.is_valid()
    form.save()

    ana.refresh_from_db()
    assert ana.unread == 3
