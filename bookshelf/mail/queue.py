"""The mails that wait, in the database: a transaction that is rolled back sends nothing.

Whoever sends one claims it first, for CLAIM. When the process is killed meanwhile, the claim ends
by itself and another process sends the mail. So a mail is sent by one process at a time, and again
only when a process died between the server's "250 OK" and the next statement; its Message-ID is
the same then.
"""

from datetime import timedelta
from email.utils import make_msgid, parseaddr
from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import models
from django.utils import timezone

from bookshelf.characters import one_line

CLAIM = timedelta(minutes=10)
"""How long a claim lasts: longer than a server may take for one mail (EMAIL_TIMEOUT a step)."""

KEEP_TRYING = timedelta(days=1)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)

KEEP_SENT = timedelta(days=7)
"""How long it is kept that a mail was sent. Its text is deleted at once: it may hold a link."""

KEEP_FAILED = timedelta(days=30)


class MailState(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class MailQuerySet(models.QuerySet["QueuedMail"]):
    def add(self, message: EmailMessage) -> None:
        """Store a message in the present transaction. Raises ValueError when it has files."""
        self.create(
            to=", ".join(message.recipients()),
            subject=one_line(str(message.subject)),
            content=pack(message),
        )

    def waiting(self) -> "MailQuerySet":
        return self.filter(state=MailState.WAITING)

    def failed(self) -> "MailQuerySet":
        return self.filter(state=MailState.FAILED)

    def claim(self) -> "QueuedMail | None":
        """Return a mail that is due, and that nobody else sends before CLAIM is over; or None."""
        while mail := self.waiting().filter(due_at__lte=timezone.now()).order_by("due_at").first():
            until = timezone.now() + CLAIM
            # Of two processes that have read this row the second one finds another time in it.
            same = self.waiting().filter(pk=mail.pk, due_at=mail.due_at)
            if same.update(due_at=until, attempts=models.F("attempts") + 1):
                mail.due_at, mail.attempts = until, mail.attempts + 1
                return mail
        return None

    def give_up(self, error: str) -> int:
        """Mark as failed what has waited for KEEP_TRYING. Return how many those were."""
        now = timezone.now()
        due = self.waiting().filter(due_at__lte=now, created_at__lt=now - KEEP_TRYING)
        return due.update(state=MailState.FAILED, done_at=now, error=error)

    def send_again(self) -> int:
        """Have these mails sent now, as far as they still have a text. Return how many have."""
        again = self.exclude(state=MailState.SENT)
        return again.update(state=MailState.WAITING, due_at=timezone.now(), done_at=None)

    def prune(self) -> int:
        """Delete what was sent or failed long ago. Return the number of deleted mails."""
        now = timezone.now()
        sent = models.Q(state=MailState.SENT, done_at__lt=now - KEEP_SENT)
        failed = models.Q(state=MailState.FAILED, done_at__lt=now - KEEP_FAILED)
        return self.filter(sent | failed).delete()[0]


class QueuedMail(models.Model):
    """A mail that waits to be sent, or what became of it."""

    to = models.TextField()
    subject = models.TextField()
    # See `pack`; empty once the mail is sent. Not shown in the admin: it may hold a link with
    # which one gets into the account of the person that it is for.
    content = models.JSONField(default=dict, editable=False)
    state = models.CharField(
        max_length=7, choices=MailState.choices, default=MailState.WAITING, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField("next attempt", default=timezone.now, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    error = models.CharField(max_length=300, blank=True, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"], name="mail_by_state")]
        verbose_name = "mail"

    def __str__(self) -> str:
        return f"{self.subject} ({self.to})"

    def message(self) -> EmailMessage:
        """Return the message as it was stored."""
        content = dict(self.content)
        subtype = content.pop("content_subtype")
        message = EmailMultiAlternatives(**content)
        message.content_subtype = subtype
        return message

    def mark_sent(self) -> None:
        self._finish(MailState.SENT, content={}, error="")

    def mark_failed(self, error: str) -> None:
        self._finish(MailState.FAILED, error=error)

    def put_back(self, error: str, *, wait: timedelta | None = None) -> None:
        """Give up the claim: try again after `wait`, by default longer each time.

        A mail that has waited for KEEP_TRYING has failed.
        """
        now = timezone.now()
        if self.created_at < now - KEEP_TRYING:
            self.mark_failed(error)
            return
        if wait is None:
            wait = min(FIRST_WAIT * 2 ** min(self.attempts - 1, 20), LONGEST_WAIT)
        self._claimed().update(due_at=now + wait, error=error)

    def _finish(self, state: MailState, **fields: Any) -> None:
        self._claimed().update(state=state, done_at=timezone.now(), **fields)

    def _claimed(self) -> MailQuerySet:
        """Return this row as long as the claim holds."""
        return QueuedMail.objects.waiting().filter(pk=self.pk, due_at=self.due_at)


def pack(message: EmailMessage) -> dict[str, Any]:
    """Return what makes this message, as JSON. Raises ValueError when it has files attached."""
    if message.attachments:
        raise ValueError("the queue takes no mails with attachments")
    # A name and an address of one line each: nothing that is put into them adds a header.
    headers = {name: one_line(str(value)) for name, value in message.extra_headers.items()}
    host = parseaddr(message.from_email)[1].rpartition("@")[2]
    headers.setdefault("Message-ID", make_msgid(domain=host or "localhost"))
    packed: dict[str, Any] = {
        "subject": one_line(str(message.subject)),
        "body": message.body,
        "from_email": message.from_email,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
        "reply_to": message.reply_to,
        "headers": headers,
        "content_subtype": message.content_subtype,
    }
    alternatives = getattr(message, "alternatives", None)
    if alternatives:
        packed["alternatives"] = [list(each) for each in alternatives]
    return packed
