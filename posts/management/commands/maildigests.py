"""Mail people what they have not read. For a timer, once a day."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.languages import in_language_of
from accounts.models import User
from posts.models import Notification
from posts.pages.notices import gather

MOST_IN_A_MAIL = 50


class Command(BaseCommand):
    help = (
        "Mail everybody who wants it their unread notifications, each thing once. "
        "Links lead to --site, such as https://books.example. The mails are queued: "
        "the processes that serve send them, or `manage.py sendmail`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True, help="where BookShelf is: its address")

    def handle(self, *args: Any, **options: Any) -> None:
        site = options["site"].rstrip("/")
        queued = sum(self._mail(user, site) for user in User.objects.wanting_digests().iterator())
        self.stdout.write(f"{queued} queued.")

    def _mail(self, user: User, site: str) -> int:
        waiting = Notification.objects.of(user).to_mail()
        latest = waiting.entries().with_details().newest_first()
        notifications = list(latest[:MOST_IN_A_MAIL])
        if not notifications:
            return 0
        gather(notifications, among=waiting)
        ctx = {"user": user, "notifications": notifications, "site": site}
        n = len(notifications)
        with in_language_of(user):
            message = EmailMessage(
                subject=ngettext("[BookShelf] %(n)s for you", "[BookShelf] %(n)s for you", n)
                % {"n": n},
                body=render_to_string("posts/mail/digest.txt", ctx),
                from_email=settings.DEFAULT_FROM_EMAIL,
                to=[user.email],
            )
        # Both or neither: what is marked as mailed is in the queue.
        with transaction.atomic():
            message.send()
            waiting.filter(pk__lte=notifications[0].pk).update(mailed_at=timezone.now())
        return 1
