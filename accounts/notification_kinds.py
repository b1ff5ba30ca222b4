from django.db import models
from django.utils.translation import gettext_lazy as _


class NotificationKind(models.TextChoices):
    """What a user may be notified about. User.muted holds those that they do not want."""

    COMMENTED = "commented", _("Comments on your posts")
    REPLIED = "replied", _("Replies to your comments")
    MENTIONED = "mentioned", _("Mentions of your @name")
    LIKED = "liked", _("Likes of your posts and comments")
    POSTED = "posted", _("New posts of authors you follow")
    MODERATED = "moderated", _("What a moderator did about you or what you wrote")


WANTED = [each for each in NotificationKind.choices if each[0] != NotificationKind.MODERATED]
"""Choices of the kinds that one may do without: a decision of a moderator always arrives."""
