"""What a process remembers from one test to the next: memory is not rolled back, databases are."""

import sys

from django.template.autoreload import reset_loaders

from accounts.rate_counters import BUCKETS
from accounts.sessions import listed
from bookshelf import recent_changes
from bookshelf.bounded_store import STORES
from bookshelf.cache import redis_outage
from bookshelf.doorbell import layer_outage
from bookshelf.mail.sender import mail_outage
from bookshelf.mail.status import QUEUE
from bookshelf.outages import database_outage
from bookshelf.templatetags import site_pages

OURS = {"accounts", "bookshelf", "posts", "updater"}

OUTAGES = (database_outage, layer_outage, mail_outage, redis_outage)


def forget() -> None:
    """Forget what was counted and what is away, and what of pages was read and rendered.

    `test_process_memory.py` walks over what else a module keeps.
    """
    BUCKETS.clear()
    QUEUE.clear()
    for store in STORES:
        store.clear()
    for outage in OUTAGES:
        outage.record_recovery()
    listed._noted.clear()
    recent_changes._read = []
    site_pages._last = None


def forget_texts() -> None:
    """Forget what was rendered, or computed by a function that is cached, as well.

    To be called when the languages of the site change. Those of a process that serves are set once,
    so its caches do not depend on them. (Of those of functions: of the functions of a module.)
    """
    forget()
    # Templates are compiled again, and so the caches of their {% keep %} blocks are empty.
    reset_loaders()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS:
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()
