"""What is one line stays one: in forms, in the database, and in every mail."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.forms import SettingsForm
from accounts.models import User
from bookshelf.characters import one_line
from bookshelf.line_field import LineField
from posts.factories import published
from posts.forms import PostForm
from posts.models import Post, Tag

SEPARATORS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
BROKEN = st.text(st.sampled_from(f"Ab -\t\0\x1b{SEPARATORS}"), max_size=12).map("A{}Z".format)
EVIL = f"Emma{SEPARATORS}- Staff: give us your password"


# --- Fields -----------------------------------------------------------------------------


@given(BROKEN)
def test_one_line_is_one_line_and_drops_no_word(text):
    line = one_line(text)

    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert re.sub(r"[\s\0\x1b]", "", text) == line.replace(" ", "")


def test_other_spaces_stay():
    assert one_line(" Emma,  a\u00a0novel\n") == "Emma,  a\u00a0novel"


def short_texts() -> list[models.Field]:
    """Return what the apps store of short texts that people type."""
    return [
        field
        for app in ("posts", "accounts")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField) and not field.choices
    ]


NOT_TYPED = {
    "posts.Cover.token",
    "accounts.Invitation.token_hash",
    "accounts.TakenName.key",
    "accounts.User.avatar",
    "posts.ModerationAction.target",
    "posts.Report.target",
    "posts.Tag.slug",
    "posts.Post.slug",
}
CHECKED_ELSEWHERE = {
    # By a validator: letters, digits and a few signs.
    "accounts.User.username",
    # Django's own, which no page of ours asks for or shows.
    "accounts.User.password", "accounts.User.first_name", "accounts.User.last_name",
    "accounts.User.email",
    # A few sentences, which may be several lines; mailed nowhere.
    "accounts.User.about", "posts.Report.text", "posts.Appeal.text",
    # What moderators write, which is mailed as a text of its own.
    "posts.ModerationAction.text", "posts.Appeal.answer",
    # Checked by a form for addresses; by its `clean`.
    "accounts.Invitation.email", "accounts.BlockedMail.pattern",
    # As it was typed, until it is posted.
    "posts.Draft.title", "posts.Draft.book_author", "posts.Draft.rating", "posts.Draft.tags",
    # Chosen from a list.
    "accounts.User.language", "accounts.User.time_zone",
    # Made from a title.
    "posts.Post.book_key", "posts.ShelvedBook.book_key", "accounts.User.username_key",
}  # fmt: skip


def test_each_short_text_is_a_line_or_said_not_to_be():
    others = {str(field) for field in short_texts() if not isinstance(field, LineField)}

    assert others <= NOT_TYPED | CHECKED_ELSEWHERE


@pytest.mark.django_db
def test_no_way_into_the_database_leaves_a_separator(ana):
    post, _ = published(author=ana, title=EVIL, book_author=EVIL)
    assert len(post.title.splitlines()) == 1
    post.refresh_from_db()
    assert len(post.title.splitlines()) == len(post.book_author.splitlines()) == 1

    Post.objects.filter(pk=post.pk).update(title=EVIL)
    post.refresh_from_db()
    assert len(post.title.splitlines()) == 1

    Tag.objects.named([EVIL])
    User.objects.filter(pk=ana.pk).update(name=EVIL)
    ana.refresh_from_db()
    assert len(ana.name.splitlines()) == 1
    assert len(Tag.objects.get().name.splitlines()) == 1


@pytest.mark.django_db
def test_forms_put_what_was_typed_on_one_line(ana):
    data = {"title": EVIL, "book_author": EVIL, "body": "a\nb", "tags": "one\u2028two"}
    form = PostForm(data, writer=ana)
    assert form.is_valid(), form.errors
    for name in ("title", "book_author"):
        assert len(form.cleaned_data[name].splitlines()) == 1
    assert form.cleaned_data["body"] == "a\nb"
    assert form.cleaned_data["tags"] == ["one two"]

    form = SettingsForm({"name": "Ana\u2028Bell"}, instance=ana)
    form.is_valid()
    assert form.cleaned_data["name"] == "Ana Bell"


def test_a_form_that_is_made_from_a_model_has_the_lines_too():
    field = Tag._meta.get_field("name").formfield()

    assert isinstance(field, forms.CharField)
    assert field.clean(EVIL) == one_line(EVIL)


# --- Mails ------------------------------------------------------------------------------

FOLDERS = [Path(settings.BASE_DIR) / "templates", Path(allauth.__file__).parent / "templates"]
MAILS = sorted(
    {
        str(file.relative_to(folder)).removesuffix("_message.txt")
        for folder in FOLDERS
        for file in folder.rglob("*_message.txt")
        if file.parent.name in ("mail", "email") and not file.name.startswith("base_")
    }
)
TEXTS = [
    "email", "code", "activate_url", "password_reset_url", "signup_url", "username", "ip",
    "deleted_email", "from_email", "to_email", "user_agent", "link", "inviter",
]  # fmt: skip


def mail(prefix: str, value: str) -> tuple[str, str]:
    """Return subject and text of a mail with this value wherever a text goes into it."""
    values = dict.fromkeys(TEXTS, value) | {
        "user": User(username=value, name=value),
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "days": 14,
    }
    request = RequestFactory().get("/")
    values["current_site"] = SimpleNamespace(name="books.example", domain="books.example")
    with context.request_context(request):
        message = get_adapter(request).render_mail(prefix, "ana@example.com", values)
    return message.subject, message.body


def test_the_walk_knows_mails():
    assert "account/email/password_reset_key" in MAILS


@pytest.mark.parametrize("prefix", MAILS)
def test_no_value_adds_a_line_to_a_mail(prefix):
    plain = mail(prefix, "Plain")

    @given(BROKEN)
    def adds_no_line(value):
        broken = mail(prefix, value)
        for ours, theirs in zip(plain, broken, strict=True):
            assert len(ours.splitlines()) == len(theirs.splitlines())

    adds_no_line()


def digest(value: str) -> str:
    """Return a digest of one of each kind of notification, from rows of before there were rules."""
    someone = SimpleNamespace(display_name=value)
    gathered = SimpleNamespace(and_others="", times=1, comments=1)
    notifications = [
        SimpleNamespace(
            pk=1, kind=kind, actor=someone, gathered=gathered, comment_id=1,
            post=SimpleNamespace(title=value), comment=SimpleNamespace(body=value),
        )
        for kind in ("commented", "replied", "mentioned", "liked", "posted")
    ]  # fmt: skip
    ctx = {"user": someone, "notifications": notifications, "site": "https://books.example"}
    return render_to_string("posts/mail/digest.txt", ctx)


@given(BROKEN)
def test_no_value_adds_a_line_to_a_digest(value):
    assert len(digest(value).splitlines()) == len(digest("Plain").splitlines())


def test_every_text_that_is_mailed_is_walked_over():
    mailed = {
        str(file.relative_to(FOLDERS[0]))
        for file in FOLDERS[0].rglob("*.txt")
        if file.parent.name in ("mail", "email") and not file.name.startswith("base_")
    }
    walked = {f"{prefix}_{part}.txt" for prefix in MAILS for part in ("message", "subject")}

    # Moderators write several lines if they like.
    theirs = {"posts/mail/moderated.txt", "posts/mail/appeal_answered.txt"}
    assert mailed <= walked | theirs | {"posts/mail/digest.txt", "posts/mail/_entry.txt"}
