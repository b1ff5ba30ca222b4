"""Fault 6: transactions that take their time while others commit."""

import time

from e2e.faults.fault import lasting, within

# The verb itself, held once before it records its change and once after.
HELD = """
import sys
from django.db import transaction
from accounts.models import User
from posts.factories import published
from posts.models import post

author, _ = User.objects.get_or_create(username="slow")

def wait():
    print("held", flush=True)
    sys.stdin.readline()

def record_late(*args, **kwargs):
    wait()
    return record(*args, **kwargs)

record = post.record
if "{held}" == "before":
    post.record = record_late
try:
    with transaction.atomic():
        published(title="{token} v1", author=author)
        if "{held}" == "after":
            wait()
        if {undone}:
            raise InterruptedError
except InterruptedError:
    pass
"""


def test_transactions_hold_their_changes_open(site, fault):
    with fault("6. Transactions held open, one of them undone") as run:
        for held, undone in (("before", False), ("after", False), ("after", True)):
            token = f"f0w0n{time.time_ns()}"
            other = site.python(HELD.format(held=held, undone=undone, token=token))
            assert other.stdout.readline() == "held\n"
            run.goes_on(lasting(1, 20))
            other.communicate("go on\n")
            assert other.returncode == 0
            if not undone:
                run.authors.also(token)
        run.is_over()
        run.goes_on(0.5)

    assert set(run.authors.statuses) <= {302, 503}
    assert run.losses == 0
    assert run.verdict.slowest < within(5)
    seqs = [change.seq for change in site.log()]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
