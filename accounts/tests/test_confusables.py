"""Nobody gets a name that looks like somebody else's."""

import threading
from hashlib import sha256
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.factories import UserFactory
from accounts.models import NameTaken, TakenName, User
from accounts.names.confusables import name_keys, prototypes
from accounts.names.validators import TAKEN
from accounts.tests.test_accounts import NEWCOMER

pytestmark = pytest.mark.django_db

SIGN_UP, SETTINGS = "/accounts/signup/", "/accounts/settings/"
BRIEFLY = settings(max_examples=60, deadline=None, derandomize=True)

LOOKING_LIKE_ANA = ["Ana", "ANA", "ａｎａ", "аnа", "аոа", "𝓪𝓷𝓪", "ɑna", "anａ", "аna"]


def sign_up(username: str, client: Client | None = None, **others: str):
    return (client or Client()).post(SIGN_UP, NEWCOMER | {"username": username} | others)


def rename(client: Client, name: str):
    return client.post(SETTINGS, {"name": name})


# --- What looks like another's ---


@pytest.mark.parametrize("name", LOOKING_LIKE_ANA)
def test_no_username_looks_like_another(ana, name):
    response = sign_up(name)

    assert User.objects.count() == 1
    assert 'class="error' in response.content.decode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "paypaI"),
        ("bob", "b0b"),
        ("mom", "rnom"),
        ("Hotto", "НОТТО"),
        ("kitty", "ΚΙΤΤΥ"),
        ("scope", "ѕсоре"),
    ],
)
def test_a_name_in_another_alphabet_or_with_digits_is_the_same(one, other):
    UserFactory(username=one, name="")

    assert str(TAKEN) in sign_up(other).content.decode()


@pytest.mark.parametrize("name", [*LOOKING_LIKE_ANA, "A\u200dna"])
def test_no_display_name_looks_like_another_username_or_name(as_ben, ben, name):
    UserFactory(username="ana", name="Cleo")
    UserFactory(username="dora", name="Ana")
    User.objects.filter(username="ana").delete()

    response = rename(as_ben, name)

    assert response.status_code == 422
    ben.refresh_from_db()
    assert ben.name == "Ben"


def test_ones_own_names_may_look_like_each_other(ana, as_ana):
    assert rename(as_ana, "ANA").status_code == 302
    assert rename(as_ana, "").status_code == 302
    assert rename(as_ana, "Ana").status_code == 302


def test_a_name_that_is_given_up_is_free_again(ana, as_ana, as_ben):
    rename(as_ana, "Countess")
    rename(as_ana, "Baroness")

    assert rename(as_ben, "baroness").status_code == 422
    assert rename(as_ben, "countess").status_code == 302


def test_names_from_before_the_rule_stay_and_are_not_taken(as_ben, ben):
    first, second = (UserFactory(username=name, name="Old") for name in ("old", "о1d"))
    second.username = "оld"
    second.save()
    client = Client()
    client.force_login(second)

    assert client.post(SETTINGS, {"name": "Old", "about": "I was here."}).status_code == 302
    second.set_password("another")
    second.save()
    assert rename(as_ben, "OLD").status_code == 422
    assert first.taken_names.count() > 0


def test_the_migration_gives_a_name_to_its_oldest_account(ana, ben):
    late = UserFactory(username="аnа", name="Ana")
    before = set(TakenName.objects.values_list("key", "is_username", "user"))
    TakenName.objects.all().delete()

    import_module("accounts.migrations.0005_taken_names").fill(apps, None)

    assert set(TakenName.objects.values_list("key", "is_username", "user")) == before
    assert not late.taken_names.exists()


def test_the_admin_knows_the_rule(ana, ben):
    admin = Client()
    admin.force_login(UserFactory(is_staff=True, is_superuser=True))
    path = f"/admin/accounts/user/{ben.pk}/change/"
    form = admin.get(path).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    known = {name: value for name, value in fields.items() if value not in (None, False)}
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "12:00:00"}

    assert admin.post(path, known | joined | {"name": "ＡＮＡ"}).status_code == 200
    assert admin.post(path, known | joined | {"about": "Reads."}).status_code == 302

    # A username is chosen once: when the account is added.
    secret = {"password1": "a very quiet room", "password2": "a very quiet room"}
    for username, status in (("हरिश्चन्द्र", 302), ("аna", 200), ("..", 200)):
        new = secret | {"username": username, "usable_password": "true"}
        assert admin.post("/admin/accounts/user/add/", new).status_code == status, username


# --- At the same time ---


def test_of_two_who_sign_up_at_once_the_second_is_asked_again(ana, monkeypatch):
    # As if Ana had signed up right after the form of the second was checked.
    monkeypatch.setattr(
        "accounts.models.taken_name.TakenNameQuerySet.check_free", lambda *_, **__: None
    )

    response = sign_up("ɑna")

    assert str(TAKEN) in response.content.decode()
    assert User.objects.count() == 1


def test_of_two_who_rename_themselves_at_once_the_second_is_asked_again(ana, as_ben, monkeypatch):
    monkeypatch.setattr(
        "accounts.models.taken_name.TakenNameQuerySet.check_free", lambda *_, **__: None
    )

    response = rename(as_ben, "ANA")

    assert response.status_code == 422
    assert str(TAKEN) in response.content.decode()
    assert not User.objects.filter(name="ANA").exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_gets_the_name():
    names = ["scope", "ѕсоре", "SCOPE", "sc0pe"]
    start = threading.Barrier(len(names))
    answers: dict[str, int] = {}

    def ask(name: str) -> None:
        start.wait()
        answers[name] = sign_up(name).status_code
        connection.close()

    threads = [threading.Thread(target=ask, args=[name]) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers.values()) == [200, 200, 200, 302]
    assert User.objects.count() == 1


# --- Keys ---


@BRIEFLY
@given(st.text(st.sampled_from("abcdeilmnoprstuvwxyz019"), min_size=2, max_size=12), st.data())
def test_a_name_in_disguise_has_a_key_of_the_name(name, data):
    likes: dict[str, list[str]] = {}
    for one, other in prototypes().items():
        if one.isalnum():
            likes.setdefault(other, []).append(one)
    turn = data.draw(st.sampled_from([str.lower, str.upper]))
    written = turn(name)
    disguise = "".join(data.draw(st.sampled_from([each, *likes.get(each, [])])) for each in written)

    assert name_keys(disguise) & name_keys(name)


def test_the_table_of_confusables_is_the_one_that_keys_were_made_with():
    """When this fails, write a migration that fills TakenName again, and then change the sum."""
    table = "\n".join(f"{one} {other}" for one, other in sorted(prototypes().items()))

    assert sha256(table.encode()).hexdigest()[:16] == "4b96c1ce873af853"


def test_verify_refuses_what_somebody_else_has(ana):
    late = UserFactory(username="аnа", name="")

    with pytest.raises(NameTaken):
        TakenName.objects.verify(late, "username")
