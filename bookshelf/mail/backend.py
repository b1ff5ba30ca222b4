"""The mail backend of the site (EMAIL_BACKEND): it stores mails, and is done at once."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from bookshelf.mail.queue import QueuedMail
from bookshelf.mail.sender import wake


class QueueBackend(BaseEmailBackend):
    """Store mails in the present transaction; the sender sends them after the commit."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Return how many were stored: all that go to somebody."""
        messages = [message for message in email_messages if message.recipients()]
        for message in messages:
            QueuedMail.objects.add(message)
        transaction.on_commit(wake)
        return len(messages)
