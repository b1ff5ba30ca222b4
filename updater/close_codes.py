"""The codes with which we close sockets. templates/base.html has the page return after some."""

from enum import IntEnum


class CloseCode(IntEnum):
    """Why a socket is closed. Daphne refuses to send 1001, 1008 and 1012."""

    STOPPING = 1000
    """The process ends. Pages return to another one."""
    NOT_UNDERSTOOD = 4400
    """The page sent what no page of ours sends."""
    SIGNED_OUT = 4401
    """The session has ended. The page returns as a guest's."""
    NO_CURSOR = 4408
    """The page sent no cursor in time."""
    TOO_MANY_MESSAGES = 4429
    """The page sent more than a page of ours ever does."""
