"""By which names readers are known where others see them come and go."""

from collections.abc import Collection

from accounts.models import User

AT_ONCE = 1_000
"""Readers that are looked up in one query."""


def names_shown(user_ids: Collection[int]) -> dict[int, str]:
    """Map the ids of those who let their name be shown in rooms to that name.

    The others are left out. One query for each AT_ONCE ids; none without ids.
    """
    ids = sorted(user_ids)
    shown = {}
    for start in range(0, len(ids), AT_ONCE):
        users = User.objects.filter(
            pk__in=ids[start : start + AT_ONCE], show_in_rooms=True, is_active=True
        )
        shown |= {user.pk: user.display_name for user in users.only("name", "username")}
    return shown
