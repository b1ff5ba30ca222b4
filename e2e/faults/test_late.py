"""Fault 6: transactions that take their time while others commit."""

import time

import pytest

from e2e.faults.fault import lasting

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


@pytest.mark.parametrize(("held", "undone"), [("before", False), ("after", False), ("after", True)])
def test_a_transaction_holds_its_change_open(site, fault, held, undone):
    fate = "then undone" if undone else "then committed"
    token = f"f0w0n{time.time_ns()}"
    with fault(f"6. Held open {held} its change was recorded, {fate}") as run:
        other = site.python(HELD.format(held=held, undone=undone, token=token))
        assert other.stdout.readline() == "held\n"
        run.goes_on(lasting(2, 20))
        other.communicate("go on\n")
        run.is_over()
        if not undone:
            run.authors.also(token)
        run.goes_on(1)

    assert other.returncode == 0
    assert set(run.authors.statuses) <= {302, 503}
    assert run.losses == 0
    seqs = [change.seq for change in site.log()]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
