"""Which users show their name to the other readers of a page."""

from collections.abc import Collection

from accounts.models import User

AT_ONCE = 1_000
"""How many users are looked up in one query."""


def visible_names(user_ids: Collection[int]) -> dict[int, str]:
    """Map the ids of users who show their name in rooms to that name.

    Leave the others out. One query for each AT_ONCE ids; none without ids.
    """
    ids = sorted(user_ids)
    shown: dict[int, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        users = User.objects.filter(
            pk__in=ids[start : start + AT_ONCE], show_in_rooms=True, is_active=True
        )
        named = users.only("name", "username", "purged_at")
        shown |= {user.pk: user.display_name for user in named}
    return shown
