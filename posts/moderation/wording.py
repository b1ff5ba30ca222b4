"""What a moderator did, in whole sentences: each language puts its words in an order of its own."""

from django.utils.translation import gettext_lazy as _

from accounts.languages import moment
from posts.models import ModerationAction
from posts.models.moderation import Verb

PERSON, POST, COMMENT = "person", "post", "comment"

SUBJECTS = {
    (Verb.HIDE, POST): _("A moderator hid a post of yours"),
    (Verb.HIDE, COMMENT): _("A moderator hid a comment of yours"),
    (Verb.RESTORE, POST): _("A moderator put back a post of yours"),
    (Verb.RESTORE, COMMENT): _("A moderator put back a comment of yours"),
    (Verb.REMOVE, POST): _("A moderator removed a post of yours"),
    (Verb.REMOVE, COMMENT): _("A moderator removed a comment of yours"),
    (Verb.REDACT, POST): _("A moderator redacted a post of yours"),
    (Verb.REDACT, COMMENT): _("A moderator redacted a comment of yours"),
    (Verb.CLOSE, POST): _("A moderator closed the room of a post of yours"),
    (Verb.REOPEN, POST): _("A moderator opened the room again of a post of yours"),
    (Verb.WARN, PERSON): _("A moderator warned you"),
    (Verb.SUSPEND, PERSON): _("A moderator suspended you"),
    (Verb.LIFT, PERSON): _("A moderator lifted the suspension of your account"),
    (Verb.BAN, PERSON): _("A moderator banned you"),
    (Verb.UNBAN, PERSON): _("A moderator lifted the ban of your account"),
    (Verb.PURGE, PERSON): _("A moderator removed everything of your account"),
    (Verb.UNPURGE, PERSON): _("A moderator brought back everything of your account"),
}
"""Of the mail about it."""

NOTICES = {
    (Verb.HIDE, POST): _("a moderator of BookShelf hid a post of yours."),
    (Verb.HIDE, COMMENT): _("a moderator of BookShelf hid a comment of yours."),
    (Verb.RESTORE, POST): _("a moderator of BookShelf put back a post of yours."),
    (Verb.RESTORE, COMMENT): _("a moderator of BookShelf put back a comment of yours."),
    (Verb.REMOVE, POST): _("a moderator of BookShelf removed a post of yours."),
    (Verb.REMOVE, COMMENT): _("a moderator of BookShelf removed a comment of yours."),
    (Verb.REDACT, POST): _("a moderator of BookShelf redacted a post of yours."),
    (Verb.REDACT, COMMENT): _("a moderator of BookShelf redacted a comment of yours."),
    (Verb.CLOSE, POST): _("a moderator of BookShelf closed the room of a post of yours."),
    (Verb.REOPEN, POST): _("a moderator of BookShelf opened the room again of a post of yours."),
    (Verb.WARN, PERSON): _("a moderator of BookShelf warned you."),
    (Verb.SUSPEND, PERSON): _("a moderator of BookShelf suspended you until %(time)s."),
    (Verb.LIFT, PERSON): _("a moderator of BookShelf lifted the suspension of your account."),
    (Verb.BAN, PERSON): _("a moderator of BookShelf banned you."),
    (Verb.UNBAN, PERSON): _("a moderator of BookShelf lifted the ban of your account."),
    (Verb.PURGE, PERSON): _("a moderator of BookShelf removed everything of your account."),
    (Verb.UNPURGE, PERSON): _("a moderator of BookShelf brought back everything of your account."),
}
"""The same after "Dear …,"."""

ENTRIES = {
    Verb.HIDE: _("A moderator hid something of yours"),
    Verb.RESTORE: _("A moderator put back something of yours"),
    Verb.REMOVE: _("A moderator removed something of yours"),
    Verb.REDACT: _("A moderator redacted something of yours"),
    Verb.CLOSE: _("A moderator closed the room of something of yours"),
    Verb.REOPEN: _("A moderator opened the room again of something of yours"),
    Verb.WARN: _("A moderator warned you"),
    Verb.SUSPEND: _("A moderator suspended you"),
    Verb.LIFT: _("A moderator lifted the suspension of you"),
    Verb.BAN: _("A moderator banned you"),
    Verb.UNBAN: _("A moderator lifted the ban of you"),
    Verb.PURGE: _("A moderator removed everything of you"),
    Verb.UNPURGE: _("A moderator brought back everything of you"),
}
"""Among what is new."""

APPEALED = {
    Verb.HIDE: _("you appealed because a moderator hid something of yours."),
    Verb.REMOVE: _("you appealed because a moderator removed something of yours."),
    Verb.REDACT: _("you appealed because a moderator redacted something of yours."),
    Verb.CLOSE: _("you appealed because a moderator closed the room of something of yours."),
    Verb.WARN: _("you appealed because a moderator warned you."),
    Verb.SUSPEND: _("you appealed because a moderator suspended you."),
    Verb.BAN: _("you appealed because a moderator banned you."),
    Verb.PURGE: _("you appealed because a moderator removed everything of you."),
}


def subject_of(action: ModerationAction) -> str:
    """Return the subject of the mail to whom it concerns."""
    return str(SUBJECTS[Verb(action.verb), _about(action)])


def notice_of(action: ModerationAction) -> str:
    """Return what the mail to whom it concerns begins with."""
    text = str(NOTICES[Verb(action.verb), _about(action)])
    return text % {"time": moment(action.until)} if action.until else text


def entry_of(action: ModerationAction) -> str:
    """Return how it is named among what is new."""
    return str(ENTRIES[Verb(action.verb)])


def appealed(action: ModerationAction) -> str:
    """Return what the mail about an answered appeal begins with."""
    return str(APPEALED[Verb(action.verb)])


def _about(action: ModerationAction) -> str:
    if action.is_about_person:
        return PERSON
    is_comment = action.comment_id and action.verb not in (Verb.CLOSE, Verb.REOPEN)
    return COMMENT if is_comment else POST
