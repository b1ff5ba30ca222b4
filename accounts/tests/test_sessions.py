"""Whose session is it, now?"""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.sessions.sign_ins import changed_sign_ins, sign_ins_of

pytestmark = pytest.mark.django_db


def users_of(session_keys) -> dict[str, int]:
    return {key: sign_in.user_id for key, sign_in in sign_ins_of(session_keys).items()}


def key_of(client) -> str:
    return client.session.session_key


def test_a_session_that_is_signed_in_is_its_users(ana, as_ana):
    assert users_of([key_of(as_ana)]) == {key_of(as_ana): ana.pk}


def test_strangers_have_no_session(as_ana):
    assert users_of(["nosuchsession", ""]) == {}


def test_a_deactivated_user_is_signed_in_nowhere(ana, as_ana):
    ana.is_active = False
    ana.save()

    assert users_of([key_of(as_ana)]) == {}


def test_a_new_password_ends_the_sessions_of_the_old_one(ana, as_ana):
    ana.set_password("something new")
    ana.save()

    assert users_of([key_of(as_ana)]) == {}


def test_a_sign_out_ends_the_session(as_ana):
    key = key_of(as_ana)
    as_ana.logout()

    assert users_of([key]) == {}


def test_an_expired_session_is_over(ana, as_ana):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert users_of([key_of(as_ana)]) == {}


def test_many_sessions_cost_two_queries(ana, as_ana, as_ben, django_assert_num_queries):
    keys = [key_of(as_ana), key_of(as_ben)]

    with django_assert_num_queries(2):
        assert len(users_of(keys)) == 2


def test_what_is_not_a_users_id_is_nobodys(as_ana):
    session = as_ana.session
    session["_auth_user_id"] = "ana"
    session.save()

    assert users_of([key_of(as_ana)]) == {}


@pytest.fixture
def held(as_ana, as_ben):
    """Sign-ins that were looked up some time ago: Ana's and Ben's."""
    found = sign_ins_of([key_of(as_ana), key_of(as_ben)])
    return found[key_of(as_ana)], found[key_of(as_ben)]


def test_a_sign_in_that_has_not_changed_costs_one_query(held, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert changed_sign_ins(held) == {}


def test_no_sign_in_costs_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert changed_sign_ins([]) == {}


def test_a_session_that_is_written_to_is_the_same_users_still(held, as_ana):
    session = as_ana.session
    session["theme"] = "dark"
    session.save()

    changed = changed_sign_ins(held)

    assert changed.keys() == {held[0]}
    assert changed[held[0]].user_id == held[0].user_id
    assert changed_sign_ins(changed.values()) == {}


def test_a_session_that_has_become_somebody_elses_has_ended(held, as_ana, ben):
    session = as_ana.session
    session["_auth_user_id"] = str(ben.pk)
    session["_auth_user_hash"] = ben.get_session_auth_hash()
    session.save()

    assert users_of([key_of(as_ana)]) == {key_of(as_ana): ben.pk}
    assert changed_sign_ins(held) == {held[0]: None}


def test_a_password_that_is_only_hashed_again_ends_the_session_as_it_does_for_django(held, ana):
    ana.set_password("the same")
    ana.save()

    assert changed_sign_ins(held) == {held[0]: None}


def test_each_of_many_sign_ins_is_looked_at(held, monkeypatch, as_ben):
    monkeypatch.setattr("accounts.sessions.sign_ins.AT_ONCE", 1)
    as_ben.logout()

    assert changed_sign_ins(held) == {held[1]: None}
