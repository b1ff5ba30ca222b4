"""What a process remembers from one test to the next: memory is not rolled back, databases are."""

import sys

from django.template.autoreload import reset_loaders

from accounts.rate_counters import BUCKETS
from bookshelf.bounded_store import STORES
from bookshelf.mail.status import QUEUE

OURS = {"accounts", "bookshelf", "posts", "updater"}


def forget() -> None:
    """Forget what was counted, and what pages and fragments were read and rendered."""
    BUCKETS.clear()
    QUEUE.clear()
    for each in STORES:
        each.clear()


def forget_texts() -> None:
    """Forget all that was rendered or computed: the languages of the site are others now.

    Of a process that serves, the languages are set once. So what it keeps has no key for them.
    """
    forget()
    # Templates are parsed anew, without what their {% keep %} blocks have kept.
    reset_loaders()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS:
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
