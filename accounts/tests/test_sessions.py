"""Whose session is it, now?"""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.sessions import users_of

pytestmark = pytest.mark.django_db


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
