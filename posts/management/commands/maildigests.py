"""Mail people what they have not read. For a timer, once a day."""

import logging
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.management.base import BaseCommand, CommandParser
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from posts.models import Notification

logger = logging.getLogger(__name__)

MOST_IN_A_MAIL = 50


class Command(BaseCommand):
    help = (
        "Mail everybody who wants it what they are told and have not read, each thing once. "
        "Links lead to --site, such as https://books.example."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True, help="where BookShelf is: its address")

    def handle(self, *args: Any, **options: Any) -> None:
        site = options["site"].rstrip("/")
        sent = failed = 0
        with get_connection() as connection:
            for user in User.objects.wanting_digests().iterator():
                try:
                    sent += self._mail(user, site, connection)
                except OSError as error:
                    # Of this user nothing is marked as mailed: the next run tries again.
                    failed += 1
                    logger.warning("digest not sent user=%d error=%r", user.pk, error)
        self.stdout.write(f"{sent} sent, {failed} failed.")

    def _mail(self, user: User, site: str, connection: Any) -> int:
        waiting = Notification.objects.of(user).to_mail().newest_first()
        notifications = [n for n in waiting.with_details()[:MOST_IN_A_MAIL] if not n.is_gone]
        if not notifications:
            return 0
        ctx = {"user": user, "notifications": notifications, "site": site}
        EmailMessage(
            subject=f"[BookShelf] {len(notifications)} for you",
            body=render_to_string("posts/mail/digest.txt", ctx),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[user.email],
            connection=connection,
        ).send()
        waiting.filter(pk__lte=notifications[0].pk).update(mailed_at=timezone.now())
        return 1
