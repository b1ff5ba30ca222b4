"""Mails wait in the database until a mail server has taken them."""

import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from bookshelf.mail import sender
from bookshelf.mail.queue import CLAIM, KEEP_TRYING, MailState, QueuedMail
from bookshelf.mail.sender import MailSender, deliver, mail_outage
from bookshelf.mail.status import QUEUE
from bookshelf.tests.mail_servers import mail_server, unused_port

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def queue(settings):
    """Mails that go into the queue, and from there to a server of the test's."""
    settings.EMAIL_BACKEND = settings.MAIL_QUEUE
    settings.MAIL_TRANSPORT = SMTP
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.2
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield
    mail_outage.record_recovery()


@pytest.fixture
def to(settings):
    def to(port: int) -> None:
        settings.EMAIL_PORT = port

    return to


def write(subject: str = "Hello", *, address: str = "ana@example.com") -> QueuedMail:
    send_mail(subject, "Read https://books.example/secret", "us@books.example", [address])
    return QueuedMail.objects.latest("pk")


def later(mail: QueuedMail, by: timedelta) -> None:
    """Have time pass for this mail."""
    mail.refresh_from_db()
    mail.due_at, mail.created_at = mail.due_at - by, mail.created_at - by
    mail.save()


def test_a_mail_arrives_and_its_text_is_forgotten(to):
    message = EmailMultiAlternatives(
        "Hello", "Text", "us@books.example", ["ana@example.com"], headers={"X-Our": "own"}
    )
    message.attach_alternative("<p>HTML</p>", "text/html")
    message.send()
    with mail_server() as server:
        to(server.port)

        assert deliver()

        (text,) = server.mails
    for part in ("Subject: Hello", "To: ana@example.com", "Text", "<p>HTML</p>", "X-Our: own"):
        assert part in text
    mail = QueuedMail.objects.get()
    assert (mail.state, mail.content, mail.error) == (MailState.SENT, {}, "")


def test_mails_share_a_connection(to):
    for number in range(3):
        write(f"No. {number}")
    with mail_server() as server:
        to(server.port)
        deliver()

        assert (len(server.mails), server.connections) == (3, 1)


def test_what_is_rolled_back_sends_nothing():
    with pytest.raises(RuntimeError), transaction.atomic():
        write()
        raise RuntimeError

    assert not QueuedMail.objects.exists()


def test_files_are_refused_at_once():
    message = EmailMessage("Hello", "Text", to=["ana@example.com"])
    message.attach("a.txt", "text")

    with pytest.raises(ValueError, match="attachments"):
        message.send()


# --- A mail server that is away, hangs or refuses ----------------------------------


@pytest.mark.parametrize("hangs_at", ["hello", "EHLO", "RCPT", "DATA", "text"])
def test_a_server_that_hangs_takes_no_longer_than_the_limit(to, hangs_at):
    mail, other = write(), write()
    with mail_server(**{hangs_at: None}) as server:
        to(server.port)

        assert not deliver()

        # The other one is not tried: it would only hang as well.
        assert server.connections == 1
    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.state, mail.attempts, other.attempts) == (MailState.WAITING, 1, 0)
    assert mail_outage.is_ongoing
    with mail_server() as server:
        to(server.port)

        # The first one has given its turn to the second.
        assert deliver()
        assert len(server.mails) == 2
    assert not mail_outage.is_ongoing


@pytest.mark.parametrize(
    "answers", [{"hello": b"421 away"}, {"EHLO": b"421 away"}, {"hello": b"554 not you"}]
)
def test_a_server_that_lets_nobody_in_is_left_alone(to, answers):
    write()
    with mail_server(**answers) as server:
        to(server.port)

        assert not deliver()

    assert QueuedMail.objects.waiting().get().error


def test_a_port_where_nobody_listens(to):
    write()
    to(unused_port())

    assert not deliver()
    with pytest.raises(CommandError):
        call_command("sendmail")

    assert "refused" in QueuedMail.objects.waiting().get().error


@pytest.mark.parametrize("answers", [{"RCPT": b"451 later"}, {"text": b"451 later"}])
def test_what_is_refused_for_now_is_tried_again_after_ever_longer(to, answers, caplog):
    mail = write()
    waits = []
    with mail_server(**answers) as server:
        to(server.port)
        for _ in range(4):
            assert deliver()
            mail.refresh_from_db()
            assert mail.state == MailState.WAITING
            wait = mail.due_at - timezone.now()
            waits.append(round(wait.total_seconds() / 60))
            later(mail, wait + timedelta(seconds=1))

        assert waits == [1, 2, 4, 8]
        assert "ana@example.com" not in caplog.text
        later(mail, KEEP_TRYING)
        deliver()

    mail.refresh_from_db()
    assert (mail.state, "451" in mail.error) == (MailState.FAILED, True)


@pytest.mark.parametrize("answers", [{"RCPT": b"550 nobody here"}, {"text": b"550 no"}])
def test_what_is_refused_for_good_fails_at_once_and_holds_up_nobody(to, answers):
    mail = write()
    with mail_server(**answers) as server:
        to(server.port)
        assert deliver()
        mail.refresh_from_db()
        assert (mail.state, "550" in mail.error) == (MailState.FAILED, True)
        server.answers |= {b"RCPT": b"250 ok", b".": b"250 ok"}
        write("Another")
        assert deliver()
        assert "Another" in server.mails[0]

        assert QueuedMail.objects.failed().send_again() == 1
        deliver()
        assert len(server.mails) == 2


def test_a_mail_that_is_none_fails_and_holds_up_nobody(to):
    bad = write(address="ana@example.com\nBcc: everybody@example.com")
    write()
    with mail_server() as server:
        to(server.port)
        assert deliver()

        assert len(server.mails) == 1
    bad.refresh_from_db()
    assert bad.state == MailState.FAILED


def test_while_a_server_is_away_what_waits_too_long_is_given_up(to):
    old, new = write(), write()
    later(old, 2 * KEEP_TRYING)
    to(unused_port())

    deliver()

    assert list(QueuedMail.objects.failed()) == [old]
    assert list(QueuedMail.objects.waiting()) == [new]
    # A text that failed is there until an admin has it sent again, or it is pruned.
    later(old, timedelta())
    QueuedMail.objects.filter(pk=old.pk).update(done_at=timezone.now() - timedelta(days=31))
    assert QueuedMail.objects.prune() == 1


# --- Several processes, and killed ones --------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_no_mail_is_claimed_twice():
    for number in range(24):
        write(f"No. {number}")
    claimed: list[int] = []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait()
        while mail := QueuedMail.objects.claim():
            claimed.append(mail.pk)
        connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(QueuedMail.objects.values_list("pk", flat=True))


def test_who_comes_back_late_changes_nothing_of_what_another_does():
    write()
    late = QueuedMail.objects.claim()
    assert late
    QueuedMail.objects.update(due_at=timezone.now())
    other = QueuedMail.objects.claim()
    assert other
    other.mark_failed("no")

    late.put_back("late")
    late.mark_sent()

    assert QueuedMail.objects.get().state == MailState.FAILED


def url_of_database() -> str:
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_loses_no_mail(to):
    mail = write()
    with mail_server(text=None) as server:
        child = subprocess.Popen(
            [sys.executable, "manage.py", "sendmail"],
            cwd=django_settings.BASE_DIR,
            env=os.environ
            | {
                "DATABASE_URL": url_of_database(),
                "DEBUG": "1",
                "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
            },
        )
        wait_until(lambda: server.connections == 1)
        child.send_signal(signal.SIGKILL)
        child.wait()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.WAITING, 1)
    assert not QueuedMail.objects.claim()

    later(mail, CLAIM)
    with mail_server() as server:
        to(server.port)
        deliver()
        assert len(server.mails) == 1


def wait_until(is_so) -> None:
    """Wait for a state, for ten seconds at most."""
    paused = threading.Event()
    for _ in range(1000):
        if is_so():
            return
        paused.wait(0.01)
    raise AssertionError("it did not come to that")


@pytest.mark.django_db(transaction=True)
def test_a_process_that_serves_sends_what_waits_and_what_comes(to, monkeypatch):
    write("From before it started")
    with mail_server() as server:
        to(server.port)
        running = MailSender()
        monkeypatch.setattr(sender, "_sender", running)
        running.start()
        wait_until(lambda: len(server.mails) == 1)

        # LOOK_EVERY is ten seconds: it is woken.
        write("Just now")
        wait_until(lambda: len(server.mails) == 2)

        running.stop()
    assert (QUEUE.waiting, QUEUE.age) == (0, 0)


# --- Line separators -----------------------------------------------------------------


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
def test_no_subject_adds_a_header(to, separator):
    write(f"Hello{separator}Bcc: everybody@example.com")
    with mail_server() as server:
        to(server.port)
        assert deliver()
        (text,) = server.mails

    assert "Subject: Hello Bcc: everybody@example.com" in text


def test_the_log_has_no_addresses(to, caplog):
    caplog.set_level(logging.INFO)
    write()
    with mail_server(RCPT=b"550 <ana@example.com> unknown") as server:
        to(server.port)
        deliver()

    assert "mail refused id=" in caplog.text
    assert "ana@example.com" not in caplog.text
