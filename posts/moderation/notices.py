"""Tell people by mail what a moderator did: the notification alone would reach no one banned."""

import logging

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.languages import in_language_of
from accounts.standing import appeal_token
from posts.models import Appeal, ModerationAction
from posts.models.moderation import Verb

logger = logging.getLogger(__name__)

WITHOUT_SIGNING_IN = {Verb.BAN, Verb.PURGE}
"""Verbs whose person can no longer sign in: the link in the mail is signed."""


def mail_notice(request: HttpRequest, action: ModerationAction) -> None:
    """Mail the person what was done, why, and how to appeal; on commit. Never raises."""
    if action.verb == Verb.DISMISS:
        return
    path = action.get_absolute_url()
    if action.verb in WITHOUT_SIGNING_IN:
        path = reverse("moderation:banned", args=[appeal_token(action.person)])
    ctx = {"action": action, "address": request.build_absolute_uri(path)}
    _mail(action, "posts/mail/moderated.txt", ctx)


def mail_answer(request: HttpRequest, appeal: Appeal) -> None:
    """Mail the person how their appeal was answered; on commit. Never raises."""
    path = appeal.action.get_absolute_url()
    ctx = {"appeal": appeal, "action": appeal.action, "address": request.build_absolute_uri(path)}
    _mail(appeal.action, "posts/mail/appeal_answered.txt", ctx)


def _mail(action: ModerationAction, template: str, ctx: dict[str, object]) -> None:
    person = action.person
    # Only to an address of theirs: others have nothing to do with it.
    confirmed = EmailAddress.objects.filter(user=person, verified=True, email=person.email)
    if not person.email or not confirmed.exists():
        return
    with in_language_of(person):
        text = render_to_string(template, ctx | {"user": person})
    subject, _, body = text.strip().partition("\n")

    def send() -> None:
        try:
            send_mail(
                f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject.strip()}",
                body.strip() + "\n",
                settings.DEFAULT_FROM_EMAIL,
                [person.email],
            )
        except OSError as error:
            logger.warning("notice not mailed action=%d error=%r", action.pk, error)

    transaction.on_commit(send, robust=True)
