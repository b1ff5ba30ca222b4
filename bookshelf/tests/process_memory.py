"""What a process remembers from one test to the next: memory is not rolled back, databases are."""

import sys

from django.template.autoreload import reset_loaders

from accounts.rate_counters import BUCKETS
from bookshelf.bounded_store import STORES
from bookshelf.cache import redis_outage
from bookshelf.doorbell import layer_outage
from bookshelf.mail.sender import mail_outage
from bookshelf.mail.status import QUEUE
from bookshelf.outages import database_outage

OURS = {"accounts", "bookshelf", "posts", "updater"}


OUTAGES = (database_outage, layer_outage, mail_outage, redis_outage)


def forget() -> None:
    """Forget what was counted and what is away, and what of pages was read and rendered."""
    BUCKETS.clear()
    QUEUE.clear()
    for store in STORES:
        store.clear()
    for outage in OUTAGES:
        outage.record_recovery()


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
