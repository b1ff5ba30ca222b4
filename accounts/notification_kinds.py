from django.db import models


class NotificationKind(models.TextChoices):
    """What a user may be notified about. User.muted holds those that they do not want."""

    COMMENTED = "commented", "Comments on your posts"
    REPLIED = "replied", "Replies to your comments"
    MENTIONED = "mentioned", "Mentions of your @name"
    LIKED = "liked", "Likes of your posts and comments"
    POSTED = "posted", "New posts of authors you follow"
    MODERATED = "moderated", "What a moderator did about you or what you wrote"


WANTED = [each for each in NotificationKind.choices if each[0] != NotificationKind.MODERATED]
"""Choices of the kinds that one may do without: a decision of a moderator always arrives."""
