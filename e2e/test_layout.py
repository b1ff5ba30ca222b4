"""Every page on every screen: nothing is wider than it, cut off, or under something else."""

from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from PIL import Image

from accounts.models.invitation import Invitation
from bookshelf.tests.written import WrittenWorld
from e2e.drawn import easel
from posts.factories import published

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.only_on("sqlite"),
    pytest.mark.usefixtures("languages"),
]

PHONES = (320, 390)
SEEN_BY = ("guest", "author", "moderator")

OPEN = "document.querySelectorAll('details').forEach(each => { each.open = true })"

WIDER = """() => {
    const page = document.documentElement, most = page.clientWidth;
    if (page.scrollWidth <= most) return [];
    const leaves = [...document.querySelectorAll('body *')].filter(e => !e.children.length);
    const wide = leaves.filter(e => e.getBoundingClientRect().right > most + 1).slice(0, 4);
    const names = wide.map(e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 20)}`);
    return [`${page.scrollWidth} px`, ...names];
}"""
"""What makes a page wider than the screen."""

UNDER_WRITE = """() => {
    window.scrollTo(0, document.documentElement.scrollHeight);
    const write = document.querySelector('.nav-write');
    if (!write?.checkVisibility()) return [];
    const box = write.getBoundingClientRect(), found = [];
    const meets = r => r.width > 1 && r.height > 1 && r.left < box.right && r.right > box.left
        && r.top < box.bottom && r.bottom > box.top;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, range = document.createRange(), e = text.parentElement;
        if (!text.data.trim() || write.contains(text) || !e.checkVisibility()) continue;
        range.selectNodeContents(text);
        if ([...range.getClientRects()].some(meets)) found.push(text.data.trim().slice(0, 30));
    }
    for (const e of document.querySelectorAll('a, button, input, select, textarea, summary')) {
        const is_under = e !== write && e.checkVisibility() && meets(e.getBoundingClientRect());
        if (is_under) found.push(e.outerHTML.slice(0, 60));
    }
    return found;
}"""
"""What stands under the button that floats on a phone, at the end of the page."""


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_no_word_however_long_makes_a_page_wider_than_a_phone(media, browser):
    word = "Donaudampfschifffahrtsgesellschaft" * 4
    world = WrittenWorld(word)
    for model in (EmailAddress, Invitation):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(email=f"{word}{row.pk}@example.com")

    wrong, seen = [], 0
    with easel(browser) as drawn:
        for page in world.pages(SEEN_BY):
            seen += 1
            drawn.shows(page.html)
            for width in PHONES:
                drawn.page.set_viewport_size({"width": width, "height": 800})
                found = drawn.page.evaluate(WIDER)
                if not found:
                    drawn.page.evaluate(OPEN)
                    found = drawn.page.evaluate(WIDER)
                wrong += [f"{page} at {width}: {found}"] if found else []

    assert wrong == [], "\n".join(wrong)
    assert seen > 100


def test_nothing_is_under_the_button_that_floats_on_a_phone(media, browser):
    wrong, floats = [], 0
    with easel(browser) as drawn:
        for page in WrittenWorld("Wuthering Heights ").pages(("author", "moderator", "suspended")):
            drawn.shows(page.html)
            for width in PHONES:
                drawn.page.set_viewport_size({"width": width, "height": 700})
                floats += drawn.page.locator(".nav-write").is_visible()
                found = drawn.page.evaluate(UNDER_WRITE)
                drawn.page.evaluate(OPEN)
                found += drawn.page.evaluate(UNDER_WRITE)
                wrong += [f"{page} at {width}: {found}"] if found else []

    assert wrong == [], "\n".join(wrong)
    assert floats > 20


# --- In other languages


@pytest.mark.parametrize("language", ["de", "es"])
def test_longer_words_fit_on_a_phone_as_well(media, browser, language):
    wrong, seen = [], 0
    with easel(browser) as drawn:
        for page in WrittenWorld("Wuthering Heights ").pages(("guest", "moderator"), language):
            seen += 1
            assert f'<html lang="{language}">' in page.html
            drawn.shows(page.html)
            for width in PHONES:
                drawn.page.set_viewport_size({"width": width, "height": 800})
                found = drawn.page.evaluate(WIDER)
                wrong += [f"{page} at {width}: {found}"] if found else []

    assert wrong == [], "\n".join(wrong)
    assert seen > 60


ASTRAY = """() => {
    const box = selector => document.querySelector(selector)?.getBoundingClientRect();
    const found = [], brand = box('.brand'), nav = box('.site-nav');
    if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the screen');
    if (brand && nav && brand.left < nav.left) found.push('the brand is not where a line begins');
    const heading = box('#main h1:not(.visually-hidden)');
    if (heading && heading.right < innerWidth / 2) found.push('the heading');
    return found;
}"""


def test_every_page_can_be_read_from_right_to_left(media, browser):
    wrong, seen = [], 0
    with easel(browser) as drawn:
        for page in WrittenWorld("مرتفعات وذرنغ ").pages(("guest", "author")):
            seen += 1
            assert '<html lang="en">' in page.html
            drawn.shows(page.html.replace('<html lang="en">', '<html lang="en" dir="rtl">'))
            for width in (390, 1280):
                drawn.page.set_viewport_size({"width": width, "height": 800})
                found = drawn.page.evaluate(ASTRAY)
                wrong += [f"{page} at {width}: {found}"] if found else []

    assert wrong == [], "\n".join(wrong)
    assert seen > 60


# --- With the text at twice its size

CUT_OR_COVERED = """() => {
    const page = document.documentElement, found = [], lines = [];
    if (page.scrollWidth > page.clientWidth) found.push(`${page.scrollWidth} px wide`);
    const apart = '.cover, .ribbon, .visually-hidden, [popover]';
    const shown = e => !e.closest(apart) && e.checkVisibility({visibilityProperty: true});
    const short = text => text.data.trim().slice(0, 25);

    // Pictures beside which the words are cut off, names that end in dots, halves of stars.
    const cut = '.heart, summary, .report-link, .nav-name, .avatar, .rating-star';
    for (const e of document.querySelectorAll(`body :not(${cut})`)) {
        const style = getComputedStyle(e);
        if (!/hidden|clip/.test(style.overflowX) || style.webkitLineClamp !== 'none') continue;
        const is_cut = e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
        if (is_cut && e.clientWidth > 2 && shown(e)) found.push('cut: ' + e.className);
    }

    const words = '.heart, summary, .report-link, .nav-write, .rating-word, .site-nav button, '
        + '.bell, .queue';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode, range = document.createRange(), e = text.parentElement;
        if (!text.data.trim() || !shown(e) || e.closest(words)) continue;
        range.selectNodeContents(text);
        const clamped = e.closest('.card-excerpt, .pinned-excerpt, .shelf-book h3');
        const end = clamped?.getBoundingClientRect().bottom ?? Infinity;
        for (const r of range.getClientRects()) {
            // What is above and below the letters of a line may meet.
            const [top, bottom] = [r.top + r.height * 0.3, r.bottom - r.height * 0.3];
            if (r.width > 2 && r.top < end - 1)
                lines.push({left: r.left + 1, right: r.right - 1, top, bottom, said: short(text)});
        }
    }
    const meets = (a, b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    lines.forEach((a, n) => lines.slice(n + 1).forEach(b => {
        if (meets(a, b)) found.push(`"${a.said}" on "${b.said}"`);
    }));
    return found.slice(0, 6);
}"""
"""What is cut off, and which lines of text stand on one another."""


def test_with_text_at_twice_its_size_nothing_is_cut_off_or_covered(media, browser):
    wrong, seen = [], 0
    world = WrittenWorld("Wuthering Heights ")
    with easel(browser, viewport={"width": 1280, "height": 900}, bypass_csp=True) as drawn:
        for page in world.pages(SEEN_BY):
            seen += 1
            drawn.shows(page.html).add_style_tag(content="html { font-size: 200%; }")
            found = drawn.page.evaluate(CUT_OR_COVERED)
            wrong += [f"{page}: {found}"] if found else []

    assert wrong == [], "\n".join(wrong)
    assert seen > 100


# --- With the colours of the system

PICTURES = {
    "/": [
        ".conn-word",
        ".stars",
        ".heart",
        ".shelve > summary",
        ".bell",
        ".brand",
        ".avatar",
        ".card-cover .cover",
        ".report-link",
    ],
    "/posts/1/edit/": [".rating-half:nth-child(3)", ".rating-half:nth-child(10)"],
    "/moderation/": [".queue"],
}
"""What is drawn by the style sheet alone, by where it is."""

FILL = "(element, html) => { element.innerHTML = html }"
LIVE = '<span class="conn-word conn-word--live"></span>'


def test_with_the_colours_of_the_system_nothing_vanishes(media, browser):
    world = WrittenWorld("Wuthering Heights ")
    type(world.post).objects.update(rating="4.5")
    # Without the number beside the bell.
    type(world.ana).objects.update(unread=0)
    pages = {page.path: page for page in world.pages(("moderator", "author")) if page.is_found}

    vanished = []
    for scheme in ("light", "dark"):
        with easel(browser, forced_colors="active", color_scheme=scheme) as drawn:
            for path, selectors in PICTURES.items():
                drawn.shows(pages[path].html)
                drawn.page.locator("#conn").evaluate(
                    "(conn, html) => { conn.innerHTML = html }", LIVE
                )
                for selector in selectors:
                    picture = drawn.page.locator(selector).first.screenshot()
                    if len(Image.open(BytesIO(picture)).convert("RGB").getcolors(100_000)) < 2:
                        vanished.append(f"{selector} ({scheme})")
                link = drawn.page.locator("a.brand")
                link.focus()
                assert link.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    assert vanished == []


# --- The front page

BOTTOMS = "posts => posts.map(post => post.getBoundingClientRect().bottom)"
HEIGHTS = "feet => feet.map(foot => foot.getBoundingClientRect().height)"


@pytest.mark.parametrize("role", ["guest", "reader"])
def test_three_posts_are_in_sight_each_with_one_line_about_it(media, browser, role):
    world = WrittenWorld("Wuthering Heights")
    text = "I had forgotten how angry this book is, and how funny. " * 20
    type(world.post).objects.update(body=text, rating="4.5", edited_at=None, is_key=False)
    for _ in range(2):
        published(("novel", "yorkshire", "ghosts"), author=world.ben, title="Jane Eyre", body=text)
    page = next(each for each in world.pages((role,)) if each.path == "/")

    with easel(browser, viewport={"width": 1440, "height": 900}) as drawn:
        drawn.shows(page.html)

        assert drawn.page.locator(".post").evaluate_all(BOTTOMS)[2] <= 900
        heights = drawn.page.locator(".post > .post-foot").evaluate_all(HEIGHTS)
        # One line of things to press, of 44 px.
        assert max(heights[:3]) < 60
