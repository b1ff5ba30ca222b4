"""List the sessions that are open: "sign out everywhere" ends what is listed."""

from importlib import import_module

from django.conf import settings
from django.db import migrations
from django.utils import timezone


def list_sessions(apps, schema_editor):
    Session = apps.get_model("sessions", "Session")
    UserSession = apps.get_model("usersessions", "UserSession")
    User = apps.get_model("accounts", "User")
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    users = {str(pk) for pk in User.objects.values_list("pk", flat=True).iterator()}
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        user_id = store.decode(session.session_data).get("_auth_user_id")
        if user_id in users:
            UserSession.objects.get_or_create(
                session_key=session.session_key,
                # Not known any more.
                defaults={"user_id": int(user_id), "ip": "::", "user_agent": ""},
            )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_taken_names"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(list_sessions, migrations.RunPython.noop, elidable=True)]
