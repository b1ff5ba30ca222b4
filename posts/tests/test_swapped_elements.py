"""What htmx swaps has the same ids before and after, and no page has an id twice."""

from collections import Counter

import pytest
from lxml import html

from posts.factories import commented, published
from posts.models import Draft, Follow, Post, ShelvedBook

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
OUTER = ("outerHTML", "outerMorph")


@pytest.fixture
def paths(ana, ben) -> list[str]:
    """The pages of a small world, as Ana sees them."""
    post, _ = published(author=ben, title="Emma", tags=("novel",))
    mine, _ = published(author=ana, title="Persuasion", tags=("novel",))
    openings = [commented(post, author=author) for author in (ana, ben)]
    for opening in openings:
        commented(post, "A reply.", parent=opening, author=ana)
    commented(mine, "@ana", author=ben)
    Follow.objects.put(ana, ben, True)
    ShelvedBook.objects.put(ana, post, "want")
    Draft.objects.keep(ana, post.submission, title="Half")
    mine.mark(key=True)
    mine.pin()
    return [
        "/", "/search/?q=emma", "/posts/new/", f"/posts/{mine.pk}/edit/", "/tags/novel/",
        "/readers/ben/", "/readers/ana/", f"/books/{mine.book_key}/", "/key/", "/following/",
        "/notifications/", "/shelf/", "/drafts/", "/accounts/settings/",
        post.get_absolute_url(), mine.get_absolute_url(),
        f"/posts/{post.pk}/comments/{openings[0].pk}/replies/",
        f"/posts/{post.pk}/comments/{openings[0].pk}/reply/",
    ]  # fmt: skip


def ids_of(element: html.HtmlElement) -> list[str]:
    return element.xpath("descendant-or-self::*/@id")


def twice(page: html.HtmlElement) -> list[str]:
    return [name for name, count in Counter(ids_of(page)).items() if count > 1]


def ways_to_press(element: html.HtmlElement) -> list[dict[str, str]]:
    """Return what each button of this element would send."""
    fields = dict(element.form_values()) if element.tag == "form" else {}
    buttons = element.xpath(".//button[@name]")
    return [fields | {each.get("name"): each.get("value")} for each in buttons] or [fields]


def swap(client, page: html.HtmlElement, element: html.HtmlElement, sent: dict[str, str]) -> None:
    """Do what htmx does when this element is pressed."""
    post, get = element.get("hx-post"), element.get("hx-get")
    response = client.post(post, sent, headers=HTMX) if post else client.get(get, headers=HTMX)
    assert response.status_code == 200, (post, get)
    target = element.get("hx-target")
    place = element if target == "this" else page.get_element_by_id(target.removeprefix("#"))
    answer = html.fromstring(response.content)
    if selected := element.get("hx-select"):
        answer = answer.get_element_by_id(selected.removeprefix("#"))
    if element.get("hx-swap") in OUTER:
        assert answer.get("id") == place.get("id")
        if element.get("hx-target") == "this":
            assert ids_of(answer) == ids_of(place)
        place.getparent().replace(place, answer)
    else:
        place[:] = [answer]


def test_ids_stay_and_are_unique(as_ana, paths):
    pressed = Counter()
    for path in paths:
        page = html.document_fromstring(as_ana.get(path, follow=True).content)
        assert twice(page) == [], path
        swaps = "//*[(@hx-post or @hx-get) and @hx-target and not(@hx-trigger)]"
        count = len(page.xpath(swaps))
        for number in range(count):
            for choice in range(len(ways_to_press(page.xpath(swaps)[number]))):
                element = page.xpath(swaps)[number]
                if choice < len(ways := ways_to_press(element)):
                    pressed[(element.get("hx-post") or element.get("hx-get")).split("/")[-2]] += 1
                    swap(as_ana, page, element, ways[choice])
                    assert twice(page) == [], (path, number)

    assert set(pressed) >= {"like", "reply", "follow", str(Post.objects.first().pk)}
