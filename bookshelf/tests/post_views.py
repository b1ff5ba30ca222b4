"""Every view that takes POST, and what is sent to it. A view without a sample here fails a test."""

import uuid
from collections.abc import Iterator
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.factories import UserFactory
from accounts.models import User
from accounts.models.invitation import Invitation
from accounts.standing import appeal_token
from accounts.tests.proof import reauthenticate
from bookshelf.site_pages.page import SitePage
from posts.factories import commented, published
from posts.models import Appeal, Draft, ModerationAction, Notification, ShelvedBook
from posts.models.moderation import Verb
from posts.models.report import Reason
from posts.moderation.verbs import carry_out

PASSWORD = "a very quiet room"
OTHER_PASSWORD = "a room with a view"

WITHOUT_POST = {
    "unsent", "about", "contact", "privacy", "posts:help",
    "updater:changes", "updater:reconnecting", "posts:list", "posts:search",
    "posts:number",
    "posts:detail", "posts:history", "posts:likes", "posts:comment", "posts:reply",
    "posts:replies", "posts:feed", "posts:feed_json", "posts:tag_feed", "posts:author_feed",
    "posts:drafts", "posts:cover", "posts:notifications", "posts:notification",
    "posts:blocked",
    "posts:following", "posts:shelf", "posts:key", "posts:book", "posts:tag", "posts:author",
    "posts:public_shelf", "posts:withdrawn_cover", "moderation:queue", "moderation:actions",
    "moderation:standing", "moderation:appeals", "account_inactive",
    "account_email_verification_sent",
    "account_reset_password_done", "account_reset_password_from_key_done",
    "accounts:sign_in_again",
    "mfa_index", "mfa_list_webauthn", "mfa_view_recovery_codes", "mfa_download_recovery_codes",
    "socialaccount_login_cancelled", "socialaccount_login_error",
    # No other site is named in the environment of the tests.
    "github_callback", "openid_connect_callback",
    # Off in our settings.
    "account_confirm_login_code",
}  # fmt: skip

EMMA = {
    "title": "Emma again",
    "book_author": "Jane Austen, of course",
    "body": "She is wrong.\nSo am I, <b>often</b>.",
    "rating": "4.5",
    "tags": "novel, letters",
}
REPORT = {"reason": "spam", "text": "Not once,\nbut twice."}
ACT = {"reason": "spam", "text": "We had\nspoken about it."}
SAY = {"body": "I disagree with\nall of it."}


class World:
    """Readers and what they have, so that each view has something to do."""

    @transaction.atomic
    def __init__(self) -> None:
        self.ana: User = UserFactory(username="ana", name="Ana", is_staff=True, is_superuser=True)
        self.ana.set_password(PASSWORD)
        self.ana.save()
        address = self._address("ana@example.com", verified=True)
        self.ben: User = UserFactory(username="ben", name="Ben")
        self.post, _ = published(author=self.ana, title="Persuasion")
        self.comment = commented(self.post, "Well.", author=self.ana)
        self.removed, _ = published(author=self.ana, title="Sanditon")
        self.removed.remove()
        self.reply = commented(self.post, "Indeed.", author=self.ben)
        self.other, _ = published(author=self.ben, title="Dracula")
        self.notification = Notification.objects.get(user=self.ana)
        ShelvedBook.objects.put(self.ana, self.post, "want")
        self.book = ShelvedBook.objects.get()
        self.draft = Draft.objects.create(
            author=self.ana, submission=uuid.uuid4(), body="Half.", kept_at=timezone.now()
        )
        self.unconfirmed = self._address("new@example.com", verified=False)
        self.address = address
        Invitation.objects.invite(self.ana)
        self.invitation = Invitation.objects.get()
        self.token = Invitation.objects.invite(self.ben)
        # Of the migrations, but for a test that has emptied the tables.
        self.site_page, _ = SitePage.objects.get_or_create(name="about", title="About")
        self.site_page.write("We read.")
        self.warning = ModerationAction.of(self.ben, Verb.WARN, self.ana, reason=Reason.SPAM)
        self.warning.enter()
        hidden = commented(self.post, "Buy my pills.", author=self.ben)
        action = ModerationAction.of(self.ana, Verb.HIDE, hidden, reason=Reason.SPAM)
        carry_out(action)
        self.appeal = Appeal.objects.create(action=action, text="They are good pills.")
        self.spammer: User = UserFactory(username="sam", banned_at=timezone.now(), is_active=False)
        ModerationAction.of(self.ana, Verb.BAN, self.spammer, reason=Reason.SPAM).enter()

    def _address(self, email: str, *, verified: bool) -> EmailAddress:
        return EmailAddress.objects.create(
            user=self.ana, email=email, verified=verified, primary=verified
        )

    def arguments_of(self, name: str) -> dict[str, Any]:
        """Return what stands in the path of a view that takes no POST."""
        everything = self.all_arguments(name)
        return {each: everything[each] for each in VIEWS[name]}

    def all_arguments(self, name: str) -> dict[str, Any]:
        """Return what may stand in the path of this view, and more."""
        return {
            "pk": self.notification.pk if name == "posts:notification" else self.post.pk,
            "comment_pk": self.comment.pk,
            "slug": self.post.slug,
            "username": "ana",
            "key": "a-book",
            "name": f"{'withdrawn' if 'withdrawn' in name else 'covers'}/{'0' * 32}-96.webp",
            "provider_id": "elsewhere",
        }

    def samples(self) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """Map the name of each view to the arguments in its path and the fields sent to it."""
        post = {"pk": self.post.pk}
        comment = post | {"comment_pk": self.comment.pk}
        reset = {
            "uidb36": user_pk_to_url_str(self.ana),
            "key": default_token_generator.make_token(self.ana),
        }
        new_passwords = {"password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD}
        return {
            "posts:create": ({}, EMMA),
            "posts:edit": (post, EMMA | {"version": "1"}),
            "posts:delete": (post, {}),
            "posts:restore": ({"pk": self.removed.pk}, {}),
            "posts:history_forget": (post, {"version": "1"}),
            "moderation:report_post": ({"pk": self.other.pk}, REPORT),
            "moderation:report_comment": (
                {"pk": self.post.pk, "comment_pk": self.reply.pk},
                REPORT,
            ),
            "moderation:report_person": ({"username": "ben"}, REPORT),
            "moderation:post": ({"pk": self.other.pk}, ACT | {"verb": "hide"}),
            "moderation:comment": ({"pk": self.reply.pk}, ACT | {"verb": "hide"}),
            "moderation:person": ({"pk": self.ben.pk}, ACT | {"verb": "warn"}),
            "moderation:purge": ({"pk": self.ben.pk}, ACT),
            "moderation:answer": (
                {"pk": self.appeal.pk},
                {"decision": "take_back", "text": "You are right:\nit was no spam."},
            ),
            "moderation:notice": ({"pk": self.warning.pk}, {"text": "I did not\ndo it."}),
            "moderation:banned": ({"token": appeal_token(self.spammer)}, {"text": "Was\nthat me?"}),
            "posts:like": (post, {"liked": "1"}),
            "posts:comments": (post, SAY | {"parent": str(self.comment.pk)}),
            "posts:comment_keep": (post, SAY | {"submission": str(uuid.uuid4())}),
            "posts:comment_like": (comment, {"liked": "1"}),
            "posts:comment_edit": (comment, SAY),
            "posts:comment_delete": (comment, {}),
            "posts:draft_keep": ({}, EMMA | {"submission": str(uuid.uuid4())}),
            "posts:draft_discard": ({"pk": self.draft.pk}, {}),
            "posts:notifications_read": ({}, {"id": str(self.notification.pk)}),
            "posts:follow": ({"username": "ben"}, {"following": "1"}),
            "posts:block": ({"username": "ben"}, {"blocked": "1"}),
            "posts:shelf_move": ({"pk": self.book.pk}, {"state": "read"}),
            "posts:shelve": (post, {"state": "reading"}),
            "posts:shelf_show": ({}, {"public": "1"}),
            "posts:post_key": (post, {"key": "1"}),
            "posts:post_pin": (post, {"pinned": "1"}),
            "accounts:settings": (
                {},
                {"name": "Ana Blum", "about": "Reads at\nnight.", "wanted": ["liked", "replied"]},
            ),
            "accounts:theme": ({}, {"theme": "dark"}),
            "accounts:picture": ({}, {"remove": ""}),
            "accounts:export": ({}, {}),
            "accounts:delete": ({}, {"texts": "keep"}),
            "accounts:invitations": ({}, {"email": "dora@example.com"}),
            "accounts:invitation_take_back": ({"pk": self.invitation.pk}, {}),
            "accounts:invitation": ({"token": self.token}, {}),
            "account_login": ({}, {"login": "ana", "password": PASSWORD, "next": "/shelf/"}),
            "account_logout": ({}, {}),
            "account_signup": (
                {},
                {"username": "cleo", "email": "cleo@example.com"} | new_passwords,
            ),
            "account_reauthenticate": ({}, {"password": PASSWORD}),
            "account_email": ({}, {"email": "other@example.com", "action_add": ""}),
            "account_change_password": ({}, {"oldpassword": PASSWORD} | new_passwords),
            # One who has a password is led to change it.
            "account_set_password": ({}, new_passwords),
            "account_reset_password": ({}, {"email": "ana@example.com"}),
            "mfa_authenticate": ({}, {"code": "123456"}),
            "mfa_reauthenticate": ({}, {"code": "123456"}),
            "mfa_activate_totp": ({}, {"code": "123456"}),
            "mfa_deactivate_totp": ({}, {}),
            "mfa_generate_recovery_codes": ({}, {}),
            "mfa_add_webauthn": ({}, {"name": "A key", "credential": "{}"}),
            "mfa_edit_webauthn": ({"pk": 1}, {"name": "Another key"}),
            "mfa_remove_webauthn": ({"pk": 1}, {}),
            "mfa_login_webauthn": ({}, {"credential": "{}"}),
            "mfa_reauthenticate_webauthn": ({}, {"credential": "{}"}),
            "usersessions_list": ({}, {}),
            "socialaccount_signup": ({}, {"username": "cleo", "email": "cleo@example.com"}),
            "socialaccount_connections": ({}, {"account": "1"}),
            "github_login": ({}, {}),
            "openid_connect_login": ({"provider_id": "elsewhere"}, {}),
            "account_confirm_email": ({"key": EmailConfirmationHMAC(self.unconfirmed).key}, {}),
            "account_reset_password_from_key": (reset, new_passwords),
            "admin:login": ({}, {"username": "ana", "password": PASSWORD, "next": "/admin/"}),
            "admin:logout": ({}, {}),
            "admin:posts_tag_add": ({}, {"name": "ghost stories", "slug": "ghost-stories"}),
            "admin:bookshelf_sitepage_change": (
                {"object_id": self.site_page.pk},
                {"title": "About us", "text": "We read.\nA lot."},
            ),
            "admin:posts_post_change": (
                {"object_id": self.post.pk},
                {name: EMMA[name] for name in ("title", "book_author", "body", "rating")},
            ),
        }


FORMS = {
    "posts:create", "posts:edit", "posts:comments", "posts:comment_edit", "accounts:settings",
    "moderation:report_post", "moderation:report_comment", "moderation:report_person",
    "moderation:post", "moderation:comment", "moderation:person", "moderation:purge",
    "moderation:answer", "moderation:notice",
}  # fmt: skip
"""The views of our own forms: what is typed into them is kept through signing in."""


def path_of(name: str, arguments: dict[str, Any]) -> str:
    return reverse(name, kwargs=arguments)


def view_names() -> set[str]:
    """Return the names of all views but those of the admin, which are Django's."""
    return {name for name in VIEWS if not name.startswith("admin:")} - {"favicon"}


def _views(
    resolver: URLResolver, prefix: str = "", arguments: frozenset = frozenset()
) -> Iterator[tuple[str, frozenset]]:
    for pattern in resolver.url_patterns:
        names = arguments | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            yield prefix + (pattern.name or pattern.callback.__name__), names
        else:
            yield from _views(
                pattern, f"{pattern.namespace}:" if pattern.namespace else prefix, names
            )


VIEWS = dict(_views(get_resolver()))
"""The names of all views, and of the arguments in their paths."""


def client_of(user: User | None) -> Client:
    """Return a browser that is checked for its CSRF token, with the cookie for one."""
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
        reauthenticate(client, user)
    # Any page with a form sets it.
    client.get("/accounts/password/reset/")
    return client
