"""The ways in which a session ends: by pages, by the ORM, by commands and in SQL."""

import os
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.contrib.auth.management.commands import changepassword
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.leaving.departures import leave
from accounts.models import User

OLD, NEW = "an old long password", "a new long password"


class Account:
    """Somebody who is signed in, in one browser."""

    def __init__(self) -> None:
        self.user = UserFactory(password=make_password(OLD))
        self.client = Client()
        self.client.force_login(self.user)
        self.key: str = self.client.session.session_key

    @property
    def row(self):
        return User.objects.filter(pk=self.user.pk)

    @property
    def session(self):
        return Session.objects.filter(pk=self.key)

    @property
    def store(self) -> SessionStore:
        return SessionStore(self.key)


# --- By what hand ------------------------------------------------------------------------------


def posts(client: Client, path: str, **fields: str) -> None:
    """Send a form as its page does, and see that it was taken."""
    response = client.post(path, fields)
    assert response.status_code in (200, 302), response
    form = (response.context or {}).get("form") or (response.context or {}).get("adminform")
    assert form is None or not form.errors, form.errors


def staff() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def in_sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def logs_out(account: Account) -> None:
    posts(account.client, "/accounts/logout/")


def logs_out_of_the_admin(account: Account) -> None:
    account.row.update(is_staff=True)
    posts(account.client, "/admin/logout/")


def flushes_the_session(account: Account) -> None:
    account.store.flush()


def empties_the_session(account: Account) -> None:
    store = account.store
    store.clear()
    store.save()


def signs_in_as_another(account: Account) -> None:
    UserFactory(username="other", password=make_password(OLD))
    account.client.logout()
    posts(account.client, "/accounts/login/", login="other", password=OLD)


def signs_in_as_another_over_it(account: Account) -> None:
    account.client.force_login(UserFactory())


def changes_the_password(account: Account) -> None:
    form = {"oldpassword": OLD, "password1": NEW, "password2": NEW}
    posts(account.client, "/accounts/password/change/", **form)


def changes_the_password_in_the_admin(account: Account) -> None:
    account.row.update(is_staff=True)
    form = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}
    posts(account.client, "/admin/password_change/", **form)


def staff_sets_the_password(account: Account) -> None:
    form = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    posts(staff(), f"/admin/accounts/user/{account.user.pk}/password/", **form)


def sets_the_password(account: Account) -> None:
    account.user.set_password(NEW)
    account.user.save()


def sets_the_password_by_command(account: Account) -> None:
    command = changepassword.Command()
    # It would ask at the terminal.
    command._get_pass = lambda *args, **options: NEW
    with Path(os.devnull).open("w") as nowhere:
        call_command(command, account.user.username, stdout=nowhere)


def updates_the_password(account: Account) -> None:
    account.row.update(password=make_password(NEW))


def deactivates(account: Account) -> None:
    account.user.is_active = False
    account.user.save()


def staff_deactivates(account: Account) -> None:
    path = f"/admin/accounts/user/{account.user.pk}/change/"
    client = staff()
    form = client.get(path).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields}
    fields = {name: value for name, value in fields.items() if value not in (None, False)}
    for name in ("last_login", "date_joined"):
        moment = fields.pop(name, None)
        if moment:
            fields |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}
    del fields["is_active"]
    posts(client, path, **fields)
    assert not account.row.get().is_active


def updates_is_active(account: Account) -> None:
    account.row.update(is_active=False)


def updates_is_active_in_bulk(account: Account) -> None:
    account.user.is_active = False
    User.objects.bulk_update([account.user], ["is_active"])


def deactivates_in_sql(account: Account) -> None:
    in_sql("UPDATE accounts_user SET is_active = %s WHERE id = %s", False, account.user.pk)


def staff_deletes_the_account(account: Account) -> None:
    posts(staff(), f"/admin/accounts/user/{account.user.pk}/delete/", post="yes")
    assert account.row.get().left_at


def staff_deletes_accounts(account: Account) -> None:
    form = {"action": "delete_selected", "_selected_action": str(account.user.pk), "post": "yes"}
    posts(staff(), "/admin/accounts/user/", **form)
    assert account.row.get().left_at


def leaves_for_good(account: Account) -> None:
    leave(account.user, keeps_texts=True)


def deletes_the_account(account: Account) -> None:
    account.user.delete()


def deletes_the_account_in_sql(account: Account) -> None:
    in_sql("DELETE FROM accounts_takenname WHERE user_id = %s", account.user.pk)
    in_sql("DELETE FROM accounts_user WHERE id = %s", account.user.pk)


def deletes_the_session(account: Account) -> None:
    account.session.delete()


def deletes_all_sessions(account: Account) -> None:
    Session.objects.all().delete()


def deletes_the_session_in_sql(account: Account) -> None:
    in_sql("DELETE FROM django_session WHERE session_key = %s", account.key)


def spoils_the_session_in_sql(account: Account) -> None:
    statement = "UPDATE django_session SET session_data = 'x' || session_data"
    in_sql(f"{statement} WHERE session_key = %s", account.key)


def moderator_bans(account: Account) -> None:
    form = {"verb": "ban", "reason": "spam"}
    posts(staff(), f"/moderation/readers/{account.user.pk}/", **form)


def moderator_removes_everything(account: Account) -> None:
    posts(staff(), f"/moderation/readers/{account.user.pk}/purge/", reason="spam")


def lets_the_session_expire(account: Account) -> None:
    account.session.update(expire_date=timezone.now() + timedelta(seconds=0.2))


def clears_expired_sessions(account: Account) -> None:
    account.session.update(expire_date=timezone.now())
    call_command("clearsessions")


WAYS = [
    logs_out,
    logs_out_of_the_admin,
    flushes_the_session,
    empties_the_session,
    signs_in_as_another,
    signs_in_as_another_over_it,
    changes_the_password,
    changes_the_password_in_the_admin,
    staff_sets_the_password,
    sets_the_password,
    sets_the_password_by_command,
    updates_the_password,
    deactivates,
    staff_deactivates,
    moderator_bans,
    moderator_removes_everything,
    updates_is_active,
    updates_is_active_in_bulk,
    deactivates_in_sql,
    staff_deletes_the_account,
    staff_deletes_accounts,
    leaves_for_good,
    deletes_the_account,
    deletes_the_account_in_sql,
    deletes_the_session,
    deletes_all_sessions,
    deletes_the_session_in_sql,
    spoils_the_session_in_sql,
    lets_the_session_expire,
    clears_expired_sessions,
]
