"""A live object of the tests' own follows on the real stream: the engine knows nothing of it."""

import pytest

from updater.tests.conftest import opened
from updater.tests.running import in_thread
from updater.tests.toy.models import Quote

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_quote_comes_changes_and_goes_on_an_open_page(quotes):
    async with opened("/quotes/") as page:
        quote = Quote(text="Call me Ishmael.")
        await in_thread(quote.publish)
        await page.until(lambda page: "Call me Ishmael." in "".join(page.quotes))

        quote.text = "Call me Ahab."
        await in_thread(quote.publish)
        await page.until(lambda page: "Ahab" in "".join(page.quotes))
        assert len(page.quotes) == 1

        await in_thread(quote.remove)
        await page.until(lambda page: page.quotes == [])


async def test_what_was_missed_is_caught_up(quotes):
    async with opened("/quotes/") as page:
        await page.disconnect()
        await in_thread(Quote(text="Reader, I married him.").publish)
        await page.connect()

        await page.until(lambda page: "Reader" in "".join(page.quotes))


async def test_lists_of_posts_hear_nothing_of_it(quotes):
    async with opened("/") as page:
        await in_thread(Quote(text="Call me Ishmael.").publish)
        async with opened("/quotes/") as other:
            assert len(other.quotes) == 1

        assert "Ishmael" not in "".join(page.frames)
