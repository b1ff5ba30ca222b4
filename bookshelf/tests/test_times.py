"""How times are written, and the clock from which the style sheet works out ages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.template import engines
from lxml import html

from bookshelf.clock import BASE, EPOCH, MOST, PLACES, digits_of, minute_after, minute_now
from bookshelf.clock_css import AGES, STEPS, style_sheet
from bookshelf.plain_values import TRANSLATED
from bookshelf.templatetags.times import ago, at, clock

AT = datetime(2026, 11, 9, 10, 5, 30, tzinfo=UTC)
TEMPLATES = settings.BASE_DIR / "templates"


def number(classes):
    """Return the minute that classes stand for."""
    found = re.findall(r"\b([a-e])(\d+)\b", classes)
    return sum(int(digit) * BASE ** PLACES.index(place) for place, digit in found)


@pytest.mark.parametrize("minute", [1, 31, 32, 1023, 1024, 1_530_802, MOST])
def test_five_classes_say_which_minute_it_is(minute):
    assert number(digits_of(minute)) == minute
    assert len(digits_of(minute).split()) == len(PLACES)


def test_an_age_never_says_more_than_it_is():
    now = EPOCH + timedelta(days=1000, seconds=59)

    assert minute_after(now - timedelta(seconds=61)) * 60 >= (now - EPOCH).total_seconds() - 119
    assert minute_after(EPOCH + timedelta(minutes=7)) == 7
    assert minute_after(EPOCH + timedelta(minutes=7, seconds=1)) == 8


def test_times_before_the_epoch_and_far_in_the_future_are_times():
    assert minute_after(datetime(1999, 1, 1, tzinfo=UTC)) == 1
    assert minute_after(datetime(2999, 1, 1, tzinfo=UTC)) == MOST


def test_what_was_says_when_in_words_for_all_and_in_classes_for_the_style_sheet(languages):
    time = html.fromstring(ago(AT))

    assert time.get("datetime") == "2026-11-09T10:05:30Z"
    assert time.get("title") == "2026-11-09, 10:05 UTC"
    assert [each.text for each in time.xpath(".//*[@lang]")] == [
        "9 November 2026, 10:05 UTC",
        "9. November 2026, 10:05 UTC",
        "9 de noviembre de 2026, 10:05 UTC",
    ]
    assert number(time.get("class")) == minute_after(AT)


def test_an_age_is_the_same_whenever_it_is_drawn(monkeypatch):
    before = ago(AT)
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT + timedelta(days=3))

    assert ago(AT) == before


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("moment", "9 November 2026, 10:05 UTC"),
        ("day", "9 November 2026"),
        ("time", "10:05 UTC"),
    ],
)
def test_a_time_that_is_no_age_has_the_whole_of_it_at_hand(form, said):
    time = html.fromstring(at(AT, form))

    assert time.text == said
    assert time.get("title") == "9 November 2026, 10:05 UTC"
    assert time.get("datetime") == "2026-11-09T10:05:30Z"


def test_a_month_says_no_more_than_that():
    assert at(AT, "month") == '<time datetime="2026-11" title="November 2026">November 2026</time>'


def test_the_clock_says_what_the_time_is():
    before = minute_now()

    said = html.fromstring(clock())

    assert before <= number(said.get("class")) == int(said.get("data-id")) <= minute_now()


def test_the_style_sheet_is_the_one_that_is_written():
    written = (settings.BASE_DIR / "static" / "clock.css").read_text()

    assert written == style_sheet(), "python -m bookshelf.clock_css > static/clock.css"


def test_the_style_sheet_says_how_old_something_is_in_each_language():
    assert AGES.keys() == TRANSLATED.keys()


def test_the_steps_of_the_clock_are_minutes_while_anything_is_shown_in_minutes():
    # What arrives is put on a page whose clock was set within half an hour.
    assert STEPS[:90] == list(range(1, 91))
    # The last age is that of a week.
    assert STEPS[-1] > 7 * 24 * 60
    assert sorted(set(STEPS)) == STEPS


def test_every_time_on_a_page_is_written_by_these_tags():
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        assert "<time" not in text, template
        assert not re.search(r"\|\s*(date|time|timesince|timeuntil|naturaltime)\b", text), template


def test_the_tags_need_no_loading():
    text = engines["django"].from_string("{% ago at %}{% at at 'day' %}").render({"at": AT})

    assert text.count("<time") == 2
