"""The pictures of people. The storage keeps the files; a word in the account's row names them."""

import logging

from django.db import transaction

from accounts.models import User
from bookshelf.pictures import files
from bookshelf.pictures.files import AVATAR, PreparedPicture, new_token

logger = logging.getLogger(__name__)


def put_avatar(user: User, prepared: PreparedPicture | None) -> None:
    """Give an account this picture, or none; the one before is deleted. Open pages follow.

    Raises what the storage raises when it cannot keep the files: then nothing has changed.
    """
    token = new_token() if prepared else ""
    if prepared:
        # Before the row: pages that see it find the files. `prunecovers` finds what is left behind.
        files.store(prepared, token, AVATAR)
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=user.pk)
        if account.left_at:
            discard_avatar(token)
            return
        discard_avatar(account.avatar)
        account.avatar = token
        account.save(update_fields=["avatar"])


def discard_avatar(token: str) -> None:
    """Delete the files of a picture on commit."""
    if token:
        names = [files.file_name(token, width, AVATAR) for width in AVATAR.widths]
        transaction.on_commit(lambda: files.discard(names))
