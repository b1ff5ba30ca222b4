"""Faults 8 and 10: pages that come back with a cursor of long ago, or of another history."""

from concurrent.futures import ThreadPoolExecutor

from e2e.faults.fault import lasting, within
from e2e.faults.followers import fetch
from e2e.faults.site import wait_for

LONG = "&" * 4_900
"""A comment of which each character becomes five."""

PRUNE = """
from datetime import timedelta
from django.db.models import F
from bookshelf.log import Change, KEPT_FOR
Change.objects.update(at=F("at") - KEPT_FOR - timedelta(days=1))
print(Change.objects.prune())
"""


def test_tabs_are_hidden_and_shown_at_different_places_of_the_log(site, fault):
    with fault("8. Hidden tabs, each with a cursor of its own") as run:
        run.goes_on(0.5)
        early, late = run.followers[0::3], run.followers[1::3]
        run.hide(early)
        run.tabs[0].hide()
        run.goes_on(lasting(1.5, 20))
        run.hide(late)
        run.goes_on(lasting(1.5, 20))
        run.is_over()
        run.show(early)
        run.show(late)
        run.tabs[0].show()
        run.goes_on(0.5)

    assert sum(each.resets for each in run.followers) == 0
    assert run.verdict.slowest < within(10)


def test_tabs_were_offline_for_longer_than_the_log_is_kept(site, fault):
    with fault("8. Offline for longer than the log is kept") as run:
        offline, others = run.followers[0::2], run.followers[1::2]
        run.hide(offline)
        run.tabs[0].hide()
        left_at = max(each.sheet.position.seq for each in offline)
        wait_for(lambda: site.log()[-1].seq > left_at + 2, within=60, what="something was missed")
        run.authors.stop()
        run.are_up_to_date(others)
        pruned, _ = site.python(PRUNE).communicate()
        run.authors.start()
        run.goes_on(1)
        # The others still have in memory what was pruned.
        newcomer = site.new_server().start()
        site.upstream = [newcomer]
        run.is_over()
        run.show(offline)
        run.tabs[0].show()
        run.goes_on(1)

    newcomer.stop()
    assert int(pruned) > 0
    assert [each.resets for each in offline if not each.resets] == []
    assert [each.resets for each in others if each.resets] == []
    # Pages that are reset reload over eight seconds.
    assert run.verdict.slowest < within(12)


def test_a_database_is_restored_from_an_older_dump(site, fault):
    with fault("8. Restored from an older dump, then overtaken") as run:
        first, second = site.servers
        run.goes_on(1)
        run.authors.stop()
        remembered = run.authors.remember()
        site.dump()
        run.authors.start()
        run.goes_on(1.5)
        run.authors.stop()
        run.are_up_to_date(run.followers)
        reached = site.log()[-1].seq

        # Some go on with the restored log at once; for these it has overtaken them.
        asleep = run.followers[0::3]
        run.hide(asleep)
        run.tabs[0].hide()
        site.upstream = [second]
        first.freeze()
        site.restore()
        assert site.log()[-1].seq < reached
        run.authors.go_back(remembered)
        run.authors.start()
        wait_for(lambda: site.log()[-1].seq > reached + 2, within=60, what="overtaken")
        first.thaw()
        site.upstream = [first, second]
        run.show(asleep)
        run.tabs[0].show()
        run.is_over()
        run.goes_on(1)

    assert all(each.resets >= 1 for each in run.followers)
    # Pages that are reset reload over eight seconds.
    assert run.verdict.slowest < within(15)


def test_a_page_catches_up_by_more_than_a_mebibyte(site, fault):
    with fault("10. Catching up by more than 1 MiB") as run:
        run.goes_on(0.5)
        run.authors.stop()
        run.are_up_to_date(run.followers)
        in_the_room = [each for each in run.followers if each.path != "/"]
        asleep = in_the_room[0::2]
        run.hide(asleep)
        run.tabs[1].hide()
        before = {each: each.received for each in asleep}
        page = asleep[0].sheet
        with ThreadPoolExecutor() as threads:
            for author in run.authors.everyone:
                threads.submit(
                    lambda who: [who.comment(who.room, body=LONG) for _ in range(20)], author
                )
        run.is_over()
        run.show(asleep)
        run.tabs[1].show()
        run.are_up_to_date(run.followers)
        topics = "&".join(f"topic={topic}" for topic in page.topics)
        address = f"/changes/?{topics}&cursor={page.cursor}"
        status, polled = site.loop.run(fetch(site.pick(), address))

    assert all(each.received - before[each] > 2**20 for each in asleep)
    assert all(each.largest < 2**20 and each.resets == 0 for each in run.followers)
    assert run.losses == 0
    assert run.verdict.slowest < within(10)
    assert status == 200
    assert page.after(polled).comments == asleep[0].sheet.comments
