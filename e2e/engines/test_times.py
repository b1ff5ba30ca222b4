"""How old something is, as a page shows it: true as time goes by, in all engines, without a script.

The words are drawn by the style sheet and are no text of the page. So they are measured: beside a
time stands for a moment what it should say, in the same type.
"""

from datetime import datetime

import pytest

SAYS = """(selector, words) => {
    const time = document.querySelector(selector);
    const probe = document.createElement("time");
    probe.textContent = words;
    time.after(probe);
    const [shown, expected] = [time, probe].map(each => each.getBoundingClientRect().width);
    probe.remove();
    return Math.abs(shown - expected) < 0.5;
}"""
"""Return whether the first element is exactly as wide as these words."""

PASS = """minutes => {
    for (const each of document.querySelector("#main").getAnimations())
        if (/^[uv]/.test(each.animationName)) each.currentTime = minutes * 60000 + 1000;
}"""
"""Have so many minutes gone by on the page since its clock was set."""

SET_BACK = """minutes => {
    const digits = ["a", "b", "c", "d", "e"];
    let minute = +document.querySelector("#clock > :last-child").dataset.id - minutes;
    const old = document.createElement("i");
    old.id = `clock-${minute}`;
    old.dataset.id = minute;
    for (const each of digits) {
        old.classList.add(`${each}${minute % 32}`);
        minute = Math.floor(minute / 32);
    }
    document.querySelector("#clock").replaceChildren(old);
}"""
"""Have the page believe that it is so many minutes earlier, as one that a browser has kept does."""

CARD = ".byline-when time"


def says(tab, *words, selector=CARD):
    """Wait until the time says one of these."""
    tab.wait_until(
        lambda: any(tab.evaluate(SAYS, selector, each) for each in words), " or ".join(words)
    )


def whole(tab):
    """Return the time in words, from what it is for machines."""
    at = datetime.fromisoformat(tab.attribute(CARD, "datetime"))
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


@pytest.fixture
def written(author):
    return f"/posts/{author.writes('Just written')}/"


def test_an_age_stays_true_as_time_goes_by(visit, written):
    reader = visit(written)

    says(reader, "just now")
    reader.evaluate(PASS, 5)
    # The clock has no seconds: it may be a minute late, and is never early.
    says(reader, "5 minutes ago", "4 minutes ago")
    reader.evaluate(PASS, 62)
    says(reader, "1 hour ago")
    reader.evaluate(PASS, 30 * 60 + 2)
    says(reader, "1 day ago")


@pytest.mark.parametrize(
    ("language", "minutes", "hours"),
    [("de", "gerade eben", "vor 5 Stunden"), ("es", "ahora mismo", "hace 5 horas")],
)
def test_it_says_so_in_the_language_of_the_page(visit, written, language, minutes, hours):
    reader = visit(written)
    reader.evaluate("language => { document.documentElement.lang = language }", language)

    says(reader, minutes)
    reader.evaluate(PASS, 5 * 60 + 2)
    says(reader, hours)


def test_after_a_week_it_is_the_time_itself(visit, written):
    reader = visit(written)

    reader.evaluate(PASS, 8 * 24 * 60)

    says(reader, whole(reader))


def test_what_is_copied_or_read_aloud_is_the_time(visit, written):
    reader = visit(written)

    says(reader, "just now")
    assert reader.text(CARD) == whole(reader)


def test_a_page_that_was_away_hears_what_the_time_is(visit, written):
    reader = visit(written)
    reader.evaluate(SET_BACK, 90)
    reader.evaluate(PASS, 80)

    reader.hide()
    reader.wait_until(lambda: "live" not in reader.text("#conn"), "the socket has closed")
    reader.show()
    reader.is_live()

    reader.wait_until(lambda: reader.count("#clock > *") == 2, "the clock to be set")
    says(reader, "just now")
    reader.evaluate(PASS, 3)
    says(reader, "3 minutes ago", "2 minutes ago")


def test_back_to_a_page_that_the_browser_has_kept_shows_true_ages(visit, written):
    reader = visit(written)
    says(reader, "just now")

    reader.click(".brand")
    reader.is_at("127.0.0.1")
    reader.wait_until(lambda: reader.count("#posts"), "the list")
    reader.back()
    reader.is_live()

    says(reader, "just now")


def test_an_age_in_a_list_that_arrives_is_counted_by_the_pages_clock(visit, author):
    reader = visit()
    number = author.writes("It arrives")
    reader.sees(f"#post-{number}")

    says(reader, "just now", selector=f"#post-{number} time")
    reader.evaluate(PASS, 62)
    says(reader, "1 hour ago", selector=f"#post-{number} time")
