"""The table: who gets what at every address of the site.

test_doors.py walks over all addresses of the resolver and compares. An address that is not in the
table fails: say here who may. Each row is what a role gets for GET, and what for POST with a valid
CSRF token and the fields of post_views.World.samples(). A role that a row does not name gets what
those get whom it is `like` (doors.ROLES).
"""

from typing import NamedTuple

from bookshelf.tests.doors import ADMIN_LOGIN, LOGIN, ROLES, Address, Answer, DoorsWorld, addresses

Row = dict[str, Answer]


class Door(NamedTuple):
    """What each role gets at an address."""

    get: Row
    post: Row


def everybody(answer: Answer, **others: Answer) -> Row:
    return {"guest": answer, "reader": answer} | named(others)


def members(answer: Answer, **others: Answer) -> Row:
    """Those who are signed in."""
    return everybody(answer, guest=LOGIN) | named(others)


def writers(answer: Answer, **others: Answer) -> Row:
    """Those who are signed in, and may say and do things that others see."""
    return members(answer, suspended=403) | named(others)


def its_author(answer: Answer, **others: Answer) -> Row:
    """Whom the thing belongs to. To others it does not exist."""
    return members(404, author=answer) | named(others)


def its_author_in_standing(answer: Answer, **others: Answer) -> Row:
    """Whom the thing belongs to, of what others see. To others it does not exist."""
    return its_author(answer, suspended=403) | named(others)


def markers(answer: Answer) -> Row:
    """Those who choose key posts and pin posts. To others there is no such button."""
    return members(404, moderator=answer, suspended=403)


def moderators(answer: Answer) -> Row:
    return members(403, moderator=answer)


def in_the_admin(answer: Answer, **others: Answer) -> Row:
    """Those who run the site. Staff without a permission see that there is an admin."""
    return everybody(ADMIN_LOGIN, admin=answer, staff=403) | named(others)


def named(others: dict[str, Answer]) -> Row:
    return {role.replace("_", " "): answer for role, answer in others.items()}


NO = everybody(405)


def page(row: Row) -> Door:
    """A page that nothing is sent to."""
    return Door(row, NO)


def button(row: Row) -> Door:
    """A view that takes nothing but POST."""
    return Door(NO, row)


TABLE = {
    # --- Reading
    "posts:list": page(everybody(200)),
    "posts:search": page(everybody(200)),
    "posts:number": page(everybody(301)),
    "posts:detail": page(everybody(200)),
    "posts:history": page(everybody(200)),
    "posts:likes": page(everybody(200)),
    "posts:comment": page(everybody(302)),
    "posts:replies": page(everybody(200)),
    "posts:feed": page(everybody(200)),
    "posts:feed_json": page(everybody(200)),
    "posts:tag_feed": page(everybody(200)),
    "posts:author_feed": page(everybody(200)),
    "posts:key": page(everybody(200)),
    "posts:book": page(everybody(200)),
    "posts:tag": page(everybody(200)),
    "posts:author": page(everybody(200)),
    "posts:public_shelf": page(everybody(200)),
    # No picture has this name.
    "posts:cover": page(everybody(404)),
    "posts:withdrawn_cover": page(everybody(404)),
    # Without a topic.
    "updater:changes": page(everybody(400)),
    "updater:reconnecting": page(everybody(200)),
    "unsent": page(everybody(200)),
    "favicon": page(everybody(302)),
    "about": page(everybody(200)),
    # Not filled in yet: only those who write it see it.
    "contact": page(everybody(404, admin=200)),
    "privacy": page(everybody(404, admin=200)),
    "posts:help": page(everybody(200)),
    # --- Writing
    "posts:create": Door(writers(200), writers(302)),
    "posts:edit": Door(its_author_in_standing(200), its_author_in_standing(302)),
    "posts:delete": button(its_author_in_standing(302)),
    "posts:restore": button(its_author_in_standing(302)),
    "posts:history_forget": button(its_author_in_standing(302)),
    # Whom its author has blocked gets the form back, and a sentence.
    "posts:comments": Door(writers(302), writers(302, blocked=422)),
    "posts:reply": page(members(200)),
    "posts:comment_edit": Door(its_author_in_standing(200), its_author_in_standing(302)),
    "posts:comment_delete": button(its_author_in_standing(302)),
    "posts:like": button(writers(302)),
    "posts:comment_like": button(writers(302)),
    # Of Ben, who cannot follow himself.
    "posts:follow": button(writers(302, other_author=404)),
    "posts:post_key": button(markers(302)),
    "posts:post_pin": button(markers(302)),
    # --- One's own
    # Answered within a page that stays.
    "posts:comment_keep": button(members(204, guest=401)),
    "posts:draft_keep": button(members(200, guest=401)),
    "posts:draft_keep pk": button(its_author(200, guest=401)),
    "posts:drafts": page(members(200)),
    # The same for a draft of somebody else and for none: test_doors.py shows that it stays.
    "posts:draft_discard": button(members(302)),
    "posts:notifications": page(members(200)),
    "posts:notifications_read": button(members(302)),
    "posts:notification": page(its_author(302)),
    "posts:following": page(members(200)),
    "posts:shelf": page(members(200)),
    "posts:shelf_move": button(its_author(302)),
    "posts:shelve": button(members(302)),
    "posts:shelf_show": button(writers(302)),
    "posts:block": button(members(302, other_author=404)),
    "posts:blocked": page(members(200)),
    "accounts:settings": Door(members(200), members(302)),
    # Of the browser, whoever sits at it.
    "accounts:theme": button(everybody(302)),
    "accounts:picture": Door(members(200), members(302)),
    "accounts:export": Door(members(200), members(200)),
    # The last administrator stays.
    "accounts:delete": Door(members(200), members(302, admin=422)),
    # Members who are new have sent enough.
    "accounts:invitations": Door(members(200), members(422, staff=302, admin=302)),
    "accounts:invitation_take_back": button(its_author(302)),
    # Who has the link.
    "accounts:invitation": Door(everybody(200), members(302, guest=200)),
    # --- Moderation
    # Nobody reports what they wrote themselves.
    "moderation:report_post": Door(writers(200, other_author=302), writers(302)),
    "moderation:report_comment": Door(writers(200, other_author=302), writers(302)),
    "moderation:report_person": Door(writers(200, other_author=302), writers(302)),
    "moderation:queue": page(moderators(200)),
    "moderation:actions": page(moderators(200)),
    "moderation:post": Door(moderators(200), moderators(302)),
    "moderation:comment": Door(moderators(200), moderators(302)),
    "moderation:person": Door(moderators(200), moderators(302)),
    "moderation:purge": Door(moderators(200), moderators(302)),
    "moderation:appeals": page(moderators(200)),
    "moderation:answer": Door(moderators(200), moderators(302)),
    "moderation:standing": page(members(200)),
    "moderation:notice": Door(its_author(200), its_author(302)),
    # Who has the link that is shown to somebody banned.
    "moderation:banned": Door(everybody(200), everybody(302)),
    # --- Second factors, sessions, other sites: allauth's
    "accounts:sign_in_again": page(members(302)),
    "mfa_index": Door(members(200), members(405)),
    "mfa_authenticate": Door(everybody(302), everybody(302)),
    "mfa_reauthenticate": Door(members(302), members(302)),
    "mfa_activate_totp": Door(members(200), members(200)),
    # Nobody here has a second factor.
    "mfa_deactivate_totp": Door(members(404), members(404)),
    "mfa_view_recovery_codes": Door(members(404), members(405)),
    "mfa_generate_recovery_codes": Door(members(200), members(200)),
    "mfa_download_recovery_codes": page(members(404)),
    "mfa_list_webauthn": Door(members(200), members(405)),
    "mfa_add_webauthn": Door(members(200), members(200)),
    "mfa_edit_webauthn": Door(members(404), members(404)),
    "mfa_remove_webauthn": Door(members(404), members(404)),
    "mfa_login_webauthn": Door(everybody(302), everybody(302)),
    "mfa_reauthenticate_webauthn": Door(members(302), members(302)),
    "usersessions_list": Door(members(200), members(302)),
    "socialaccount_login_cancelled": page(everybody(200)),
    "socialaccount_login_error": page(everybody(401)),
    "socialaccount_signup": Door(everybody(302), everybody(302)),
    "socialaccount_connections": Door(members(200), members(200)),
    # No other site is named in the environment of the tests.
    "github_login": Door(everybody(404), everybody(404)),
    "github_callback": page(everybody(404)),
    "openid_connect_login": Door(everybody(404), everybody(404)),
    "openid_connect_callback": page(everybody(404)),
    # --- Accounts: allauth's
    "account_login": Door(everybody(302, guest=200), everybody(302)),
    "account_logout": Door(everybody(200, guest=302), everybody(302)),
    "account_signup": Door(everybody(302, guest=200), everybody(302)),
    "account_inactive": page(everybody(200)),
    "account_reauthenticate": Door(members(200), members(302)),
    "account_email": Door(members(200), members(302)),
    "account_email_verification_sent": page(everybody(200)),
    "account_change_password": Door(members(200), members(302)),
    "account_set_password": Door(members(302), members(302)),
    "account_reset_password": Door(everybody(200), everybody(302)),
    "account_reset_password_done": page(everybody(200)),
    # Who has the key from the mail.
    "account_confirm_email": Door(everybody(200), everybody(302)),
    "account_reset_password_from_key": Door(everybody(302), everybody(302)),
    "account_reset_password_from_key_done": page(everybody(200)),
    # Off in our settings.
    "account_confirm_login_code": Door(everybody(302), everybody(302)),
    # --- The admin
    "admin:login": Door(
        everybody(403, guest=LOGIN, staff=302, admin=302),
        everybody(403, guest=LOGIN, staff=302, admin=302),
    ),
    "admin:logout": Door(
        everybody(302, staff=405, admin=405), everybody(302, staff=200, admin=200)
    ),
    "admin:index": Door(in_the_admin(200, staff=200), in_the_admin(200, staff=200)),
    "admin:jsi18n": Door(in_the_admin(200, staff=200), in_the_admin(405, staff=405)),
    "admin:password_change": Door(in_the_admin(200, staff=200), in_the_admin(200, staff=200)),
    "admin:password_change_done": Door(in_the_admin(200, staff=200), in_the_admin(405, staff=405)),
    # Without saying of what.
    "admin:autocomplete": Door(in_the_admin(403), in_the_admin(405, staff=405)),
    "admin:view_on_site": Door(in_the_admin(404, staff=404), in_the_admin(404, staff=404)),
    # An old address of a change form, or nothing at all.
    "admin:": Door(in_the_admin(302, staff=302), in_the_admin(302, staff=302)),
    "admin: url": Door(in_the_admin(404, staff=404), in_the_admin(404, staff=404)),
    "admin:app_list": Door(in_the_admin(200, staff=404), in_the_admin(200, staff=404)),
    # Comments are made on the site.
    "admin:posts_comment_add": Door(in_the_admin(403), in_the_admin(403)),
    # Samples of forms that are valid.
    "admin:posts_tag_add": Door(in_the_admin(200), in_the_admin(302)),
    "admin:posts_post_change": Door(in_the_admin(200), in_the_admin(302)),
    # It asks once more.
    "admin:posts_post_delete": Door(in_the_admin(200), in_the_admin(200)),
    # All of their fields are shown and none is changed.
    "admin:account_emailaddress_change": Door(in_the_admin(200), in_the_admin(302)),
    "admin:accounts_invitation_change": Door(in_the_admin(200), in_the_admin(302)),
    "admin:bookshelf_queuedmail_change": Door(in_the_admin(200), in_the_admin(302)),
    "admin:bookshelf_sitepage_change": Door(in_the_admin(200), in_the_admin(302)),
}

NOT_ADDED = {
    "accounts_invitation", "bookshelf_queuedmail", "bookshelf_sitepage", "mfa_authenticator",
    "posts_appeal", "posts_moderationaction", "posts_report", "socialaccount_socialaccount",
    "usersessions_usersession",
}  # fmt: skip
NOT_CHANGED = NOT_ADDED - {"accounts_invitation", "bookshelf_queuedmail", "bookshelf_sitepage"}
NOT_DELETED = {"bookshelf_sitepage", "posts_appeal", "posts_moderationaction", "posts_report"}
"""Models whose rows nobody adds, changes or deletes in the admin."""

TABLE |= {
    f"admin:{model}_{action}": Door(in_the_admin(get), in_the_admin(403))
    for models, action, get in (
        (NOT_ADDED, "add", 403),
        (NOT_CHANGED, "change", 200),
        (NOT_DELETED, "delete", 403),
    )
    for model in sorted(models)
}

ADMIN_TABLE = {
    "_delete": Door(in_the_admin(200), in_the_admin(302)),
    "": Door(in_the_admin(200), in_the_admin(200)),
}
"""The admin's pages that TABLE does not name, by the end of their names."""


def door_of(name: str) -> Door | None:
    """Return what the table says of an address, by its key."""
    door = TABLE.get(name)
    if door is None and name.startswith("admin:"):
        return next(each for end, each in ADMIN_TABLE.items() if name.endswith(end))
    return door


def answer_for(row: Row, role: str) -> Answer:
    """Return what a row says of a role."""
    while role not in row:
        role = ROLES[role].like
    return row[role]


def doors(world: DoorsWorld) -> list[tuple[Address, Door]]:
    """Return every address that the table names, with what it says."""
    return [(address, door) for address in addresses(world) if (door := door_of(address.key))]
