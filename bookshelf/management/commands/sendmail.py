"""Send the mails that are due. The processes that serve do so by themselves."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bookshelf.mail.sender import deliver
from bookshelf.mail.status import QUEUE


class Command(BaseCommand):
    help = "Send the mails of the queue that are due, where no process serves that does so."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = deliver()
        self.stdout.write(f"{QUEUE.waiting} waiting, {QUEUE.failed} failed.")
        if not sent:
            raise CommandError("the mail server cannot be reached, or does not let us in")
