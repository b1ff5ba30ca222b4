from django.db import models


class NotificationKind(models.TextChoices):
    """What a user may be told. The values are what they may have muted (User.muted)."""

    COMMENTED = "commented", "Comments on your posts"
    REPLIED = "replied", "Replies to your comments"
    MENTIONED = "mentioned", "Mentions of your @name"
    LIKED = "liked", "Likes of your posts and comments"
    POSTED = "posted", "New posts of authors you follow"
