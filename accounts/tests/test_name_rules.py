"""No name looks like nothing or like the site's own, and every script is welcome."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.names.confusables import mixes_scripts
from accounts.names.validators import RESERVED, words_of_addresses
from accounts.tests.test_accounts import NEWCOMER
from accounts.tests.test_confusables import rename, sign_up

pytestmark = pytest.mark.django_db

INVISIBLE = [
    "\u3164",
    "\u115f\u1160",
    "\uffa0",
    "\u2800",
    "\u200b\u200d",
    "\u202e",
    "\u034f",
    "\u0301",
]


@pytest.mark.parametrize("name", INVISIBLE)
def test_nothing_to_see_is_no_name(name, as_ben, ben):
    sign_up(name)
    if name != "\u0301":
        sign_up(f"cleo{name}")
    response = rename(as_ben, name)
    ben.refresh_from_db()

    assert User.objects.get() == ben
    assert ben.name == "Ben" or (ben.name == "" and response.status_code == 302)


@pytest.mark.parametrize("name", ["Ana\u202eB", "Ana\u3164", "Ana\u2800", "\u2067Ana"])
def test_a_display_name_has_nothing_that_cannot_be_seen(as_ben, name):
    assert rename(as_ben, name).status_code == 422


@pytest.mark.parametrize(
    "name",
    ["ben@example.com", "ｂｅｎ@example.com", "бен@пример.рф", "ben@intranet", "ben＠example.com"],
)
def test_a_mail_address_is_no_name(as_ben, name):
    sign_up(name)

    assert rename(as_ben, name).status_code == 422
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    ["admin", "Admin", "аdmin", "STAFF", "moderator", "support", "bookshelf", "r00t", "supp.ort"],
)
def test_nobody_speaks_for_the_site(as_ben, name):
    assert 'class="error' in sign_up(name).content.decode()
    assert rename(as_ben, name).status_code == 422
    assert User.objects.count() == 1


def test_a_reserved_name_is_called_so():
    assert str(RESERVED) in sign_up("r00t").content.decode()


def test_words_of_addresses_are_no_usernames():
    words = words_of_addresses()

    assert {"posts", "search", "readers", "accounts", "login", "signup", "admin", "shelf"} <= words
    for word in sorted(words):
        sign_up(word)
    assert not User.objects.exists()


def test_the_sites_staff_may_be_called_so(ben, as_ben):
    User.objects.filter(pk=ben.pk).update(is_staff=True)

    assert rename(as_ben, "Moderator").status_code == 302


# --- Names of the world ---

HONEST = [
    "anna", "josé", "Bjørn", "straße", "Łukasz", "İbrahim", "Иван", "Олександр", "Σωκράτης",
    "გიორგი", "Արամ", "דוד", "محمد", "हरिश्चन्द्र", "সত্যজিৎ", "தமிழ்", "น้ำฝน", "ສົມໄຊ", "王小明",
    "さくら", "カタカナ", "田中a", "김철수", "ㄅㄆㄇ", "አበበ", "anna.b-c_d+1", "анна2",
]  # fmt: skip


def test_every_script_is_welcome():
    for name in HONEST:
        assert sign_up(name).status_code == 302, name
    assert User.objects.count() == len(HONEST)
    for name in HONEST:
        login = {"login": name, "password": NEWCOMER["password1"]}
        assert Client().post("/accounts/login/", login).status_code == 302, name
        assert Client().get(f"/readers/{User.objects.get(username=name)}/").status_code == 200


def test_every_script_is_welcome_as_a_display_name(as_ben):
    for name in [
        *HONEST,
        "Ana Blum",
        "Anna Анна",
        "O’Brien",
        "M. de La Fayette",
        "نیما \u200cها",
        "Ana ❤\ufe0f",
    ]:
        assert rename(as_ben, name).status_code == 302, name


@pytest.mark.parametrize("name", ["Аnna", "annа", "αnna", "ivaո", "Ꭺnna", "annа_b"])
def test_one_word_has_one_alphabet(as_ben, name):
    sign_up(name)

    assert User.objects.count() == 1
    assert rename(as_ben, name).status_code == 422
    assert mixes_scripts(name)
