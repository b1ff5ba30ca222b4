"""Replace the mail address of an account for its owner."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.models import EmailAddress
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import pgettext

from accounts.languages import in_language_of
from accounts.models import User


def replace_address(request: HttpRequest, user: User, *, before: str) -> None:
    """Let nothing but the address that staff have just stored belong to an account.

    It is to be confirmed, by a link that is sent to it. Each address that the account had until now
    hears of it, and opens the account no longer.
    """
    with transaction.atomic():
        addresses = EmailAddress.objects.filter(user=user)
        former = {before.lower(), *(address.email for address in addresses)} - {user.email.lower()}
        kept = addresses.filter(email=user.email.lower()).first()
        addresses.exclude(email=user.email.lower()).delete()
        if kept is None and user.email:
            kept = EmailAddress.objects.create(user=user, email=user.email.lower())
        if kept is not None:
            kept.set_as_primary()
    with in_language_of(user):
        context = {"to_email": user.email or pgettext("email address", "none")}
    for old in sorted(former - {""}):
        get_adapter(request).send_notification_mail(
            "account/email/email_changed", user, context | {"from_email": old}, email=old
        )
    if kept is not None and not kept.verified:
        send_verification_email_to_address(request, kept)
