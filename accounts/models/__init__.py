from accounts.models.block import Block
from accounts.models.blocked_mail import BlockedMail
from accounts.models.invitation import Invitation
from accounts.models.taken_name import NameTaken, TakenName
from accounts.models.user import (
    MARK_POSTS,
    MODERATE,
    NAMES,
    REMOVED_READER,
    RENAMED,
    SHOWN,
    User,
)

__all__ = [
    "MARK_POSTS",
    "MODERATE",
    "NAMES",
    "REMOVED_READER",
    "RENAMED",
    "SHOWN",
    "Block",
    "BlockedMail",
    "Invitation",
    "NameTaken",
    "TakenName",
    "User",
]
