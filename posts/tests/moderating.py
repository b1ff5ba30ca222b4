"""What moderators do, for tests."""

from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client

from accounts.factories import UserFactory
from accounts.models import User


def moderator(name: str) -> User:
    """Return somebody new in the group of moderators."""
    user = UserFactory(username=name)
    user.groups.add(Group.objects.get(name="Moderators"))
    return user


def act(client: Client, path: str, verb: str, **fields: str) -> HttpResponse:
    """Do something from the page of a post, a comment or a reader."""
    sent = {"verb": verb, "reason": "spam", "text": "No advertising."} | fields
    return client.post(f"/moderation/{path}/", sent, follow=True)
