"""What an account itself has for the download of everything (accounts/leaving/exports.py)."""

from collections.abc import Iterator

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.leaving.departures import USER_SESSION
from accounts.leaving.exports import Row, files, in_batches, leaves_out, part
from accounts.models import Block, Invitation, User
from bookshelf.pictures.files import AVATAR, file_name

AUTHENTICATOR: str = "mfa.Authenticator"
SOCIAL_ACCOUNT: str = "socialaccount.SocialAccount"
EMAIL_ADDRESS: str = "account.EmailAddress"
"""Models of allauth, which are there when their apps are installed."""

AVATAR_FILE = "picture.webp"


leaves_out("accounts.Invitation.accepted_by", "in profile.json: whether you were invited")


@part("profile", _("your name, what you say about yourself, and your settings"))
def profile(user: User) -> Iterator[Row]:
    names = (
        "username", "name", "about", "email", "first_name", "last_name", "date_joined",
        "last_login", "show_in_rooms", "digest", "muted", "language", "time_zone", "is_staff",
        "is_superuser", "is_invited",
        "is_approved",
    )  # fmt: skip
    groups = list(user.groups.values_list("name", flat=True))
    picture = AVATAR_FILE if user.avatar else None
    yield {name: getattr(user, name) for name in names} | {"groups": groups, "picture": picture}


@files(format_lazy("`{}`: {}", AVATAR_FILE, _("your picture, as it is kept here")))
def avatar(user: User) -> Iterator[tuple[str, bytes]]:
    if user.avatar:
        with default_storage.open(file_name(user.avatar, AVATAR.widths[-1], AVATAR)) as file:
            yield AVATAR_FILE, file.read()


@part("email_addresses", _("your mail addresses"), f"{EMAIL_ADDRESS}.user")
def email_addresses(user: User) -> Iterator[Row]:
    return _fields(EMAIL_ADDRESS, user, "email", "verified", "primary")


@part("sessions", _("where you are signed in: device, address and times"), f"{USER_SESSION}.user")
def sessions(user: User) -> Iterator[Row]:
    return _fields(USER_SESSION, user, "ip", "user_agent", "created_at", "last_seen_at")


@part(
    "authenticators",
    _("your second factors and passkeys, without their secrets"),
    f"{AUTHENTICATOR}.user",
)
def authenticators(user: User) -> Iterator[Row]:
    return _fields(AUTHENTICATOR, user, "type", "created_at", "last_used_at")


@part(
    "social_accounts",
    _("accounts elsewhere that you sign in with, and what they told us"),
    f"{SOCIAL_ACCOUNT}.user",
)
def social_accounts(user: User) -> Iterator[Row]:
    return _fields(
        SOCIAL_ACCOUNT, user, "provider", "uid", "date_joined", "last_login", "extra_data"
    )


@part("blocked", _("whom you have blocked"), "accounts.Block.blocker")
def blocked(user: User) -> Iterator[Row]:
    for block in in_batches(Block.objects.by(user).select_related("blocked")):
        yield {"username": block.blocked.username, "since": block.since}


@part("invitations", _("whom you have invited"), "accounts.Invitation.inviter")
def invitations(user: User) -> Iterator[Row]:
    for each in in_batches(Invitation.objects.filter(inviter=user)):
        yield {
            "email": each.email,
            "state": each.state,
            "created_at": each.created_at,
            "expires_at": each.expires_at,
        }


def _fields(label: str, user: User, *names: str) -> Iterator[Row]:
    if not apps.is_installed(f"allauth.{label.partition('.')[0]}"):
        return
    rows: models.QuerySet[models.Model] = apps.get_model(label)._default_manager.filter(user=user)
    for row in in_batches(rows):
        yield {name: getattr(row, name) for name in names}
