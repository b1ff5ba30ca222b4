"""The bell in the header: how many notifications a user has not read."""

from collections.abc import Collection, Mapping

from django.template.loader import get_template

from accounts.models import User
from bookshelf.live_objects import register_personal


@register_personal
def bells(user_ids: Collection[int]) -> Mapping[int, str]:
    """Render the bell of each of these users. One query; none without ids."""
    if not user_ids:
        return {}
    template = get_template("posts/frames/bell.html")
    drawn: dict[int, str] = {}
    found = {}
    for user_id, unread in User.objects.filter(pk__in=user_ids).values_list("pk", "unread"):
        if unread not in drawn:
            drawn[unread] = template.render({"unread": unread}).strip()
        found[user_id] = drawn[unread]
    return found
