"""Send the mails of the queue: a thread in each process that serves, or `manage.py sendmail`.

A mail server that is away, hangs or refuses holds up this thread and nothing else.
"""

import atexit
import logging
import smtplib
import threading
import time
from datetime import timedelta

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import Error as DatabaseError
from django.db import connections
from django.db.models import Count, Min

from bookshelf.counters import COUNTERS
from bookshelf.mail.queue import QueuedMail
from bookshelf.mail.status import QUEUE
from bookshelf.outages import Outage, in_a_line

logger = logging.getLogger(__name__)
mail_outage = Outage(logger, "mail server")

LOOK_EVERY = 10.0
"""Seconds from one look at the queue to the next: others put mails there, too."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds in which a server that failed is left alone; doubled each time."""

PRUNE_EVERY = 3600.0

STOP_WITHIN = 1.5
"""Seconds that a process which stops waits for the mail that it is sending."""


def is_final(error: Exception) -> bool:
    """Whether the mail itself was refused for good: its recipient or text, or it is none at all."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)


def is_the_servers(error: Exception) -> bool:
    """Whether no other mail would be taken either: the server is away, or does not let us in."""
    about_this_mail = (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPDataError,
        smtplib.SMTPSenderRefused,
    )
    return isinstance(error, OSError) and not isinstance(error, about_this_mail)


def deliver() -> bool:
    """Send what is due. Return False when the mail server failed, and the rest has to wait."""
    transport = get_connection(settings.MAIL_TRANSPORT)
    try:
        while mail := QueuedMail.objects.claim():
            if not _send(mail, transport):
                return False
        return True
    finally:
        _close(transport)
        _look()


def _send(mail: QueuedMail, transport: BaseEmailBackend) -> bool:
    """Send one claimed mail. Return False when the mail server failed."""
    try:
        # An open connection is kept for the next mail.
        transport.open()
        transport.send_messages([mail.message()])
    except DatabaseError:
        raise
    except Exception as error:
        COUNTERS.mail_failures += 1
        why = in_a_line(error)
        _close(transport)
        if is_the_servers(error):
            mail_outage.record_failure(error)
            mail.put_back(why, wait=timedelta())
            QueuedMail.objects.give_up(why)
            return False
        if is_final(error):
            mail.mark_failed(why)
        else:
            mail.put_back(why)
        # Not its text: servers answer with the address.
        kind = type(error).__name__
        logger.warning("mail refused id=%d attempts=%d error=%s", mail.pk, mail.attempts, kind)
    else:
        COUNTERS.mails += 1
        mail_outage.record_recovery()
        mail.mark_sent()
    return True


def _close(transport: BaseEmailBackend) -> None:
    try:
        transport.close()
    except Exception as error:
        # It may be gone already; what it has taken, it has taken.
        logger.info("mail server left error=%s", in_a_line(error))


def _look() -> None:
    """Note how long the queue is."""
    seen = QueuedMail.objects.waiting().aggregate(number=Count("pk"), oldest=Min("created_at"))
    QUEUE.waiting, QUEUE.oldest = seen["number"], seen["oldest"]
    QUEUE.failed = QueuedMail.objects.failed().count()


class MailSender:
    """The thread of a process that serves. A mail that was stored wakes it."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail-sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        """Send no further mail, and wait for the present one, but not long."""
        self._stopping.set()
        self._woken.set()
        self._thread.join(STOP_WITHIN)

    def _run(self) -> None:
        failures, pruned_at = 0, 0.0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                failures = 0 if deliver() else failures + 1
                if time.monotonic() > pruned_at + PRUNE_EVERY:
                    pruned_at = time.monotonic()
                    QueuedMail.objects.prune()
            except Exception as error:
                failures += 1
                logger.warning("mail queue not read error=%s", in_a_line(error))
            finally:
                connections.close_all()
            if failures:
                # A new mail does not shorten this pause.
                self._stopping.wait(min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE))
            else:
                self._woken.wait(LOOK_EVERY)


_sender: MailSender | None = None
_lock = threading.Lock()


def wake() -> None:
    """Have this process's sender, if there is one, look at the queue now."""
    if _sender is not None:
        _sender.wake()


def start() -> None:
    """Start this process's sender, once. Not where mails go elsewhere, as in tests."""
    global _sender
    if _sender is not None or settings.EMAIL_BACKEND != settings.MAIL_QUEUE:
        return
    with _lock:
        if _sender is None:
            _sender = MailSender()
            _sender.start()
            atexit.register(_sender.stop)


class MailSending:
    """An ASGI application around another: with the first event that reaches it mails are sent.

    On import would be too early: a server may fork after that, and commands import it as well.
    """

    def __init__(self, application: ASGI3Application) -> None:
        self._application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        start()
        await self._application(scope, receive, send)
