"""A new name reaches every open page, wherever it stands there."""

import pytest
from django.core.files.base import ContentFile

from accounts.factories import UserFactory
from accounts.profile.avatars import put_avatar
from bookshelf.log import Change
from bookshelf.pictures.files import AVATAR
from bookshelf.pictures.images import prepare
from posts.factories import commented, published
from posts.tests.pictures import picture
from updater.log_reader import LogReader
from updater.tests.conftest import opened
from updater.tests.page import Page
from updater.tests.running import in_thread

PICTURES = "//*[contains(@class, 'avatar')]/img/@src"
LIST = frozenset({"posts", "cards"})


def rename(user, name: str) -> None:
    user.name = name
    user.save(update_fields=["name"])


def named(page: Page, user) -> list[str]:
    """Return what the user is called on this page, at each place."""
    return [each.text_content() for each in page._all(f".name-{user.pk}")]


@pytest.mark.django_db(transaction=True)
async def test_it_changes_on_lists_in_rooms_and_on_the_page_of_its_author():
    ana = await in_thread(UserFactory, username="ana", name="Ana")
    ben = await in_thread(UserFactory, username="ben", name="Ben")
    post, _ = await in_thread(published, author=ana)
    await in_thread(commented, post, author=ben)
    await in_thread(commented, post, author=ana)
    await in_thread(post.like, ana, True)

    async with (
        opened("/") as front,
        opened("/readers/ana/") as own,
        opened(post.get_absolute_url()) as room,
    ):
        before = [len(named(page, ana)) for page in (front, own, room)]
        await in_thread(rename, ana, "Ana <i>Blum</i>")
        for page in (front, own, room):
            await page.until(lambda page: "Ana" not in named(page, ana))
            assert set(named(page, ana)) == {"Ana <i>Blum</i>"}
        assert [len(named(page, ana)) for page in (front, own, room)] == before
        assert own.heading == "Ana <i>Blum</i>"
        assert set(named(room, ben)) == {"Ben"}
        assert len(named(room, ana)) >= 3


@pytest.mark.django_db
def test_a_fragment_that_was_drawn_before_is_not_sent_with_the_old_name(ana):
    room = LogReader()
    room.read([LIST])
    start = Change.objects.cursor()
    published(author=ana)
    assert ">Ana<" in room.read([LIST]).live[LIST][0].text

    rename(ana, "Ana Blum")

    (live,) = room.read([LIST]).live[LIST]
    assert 'hx-upsert hx-target="#posts"' not in live.text
    answer = room.read((), [(LIST, start)]).catch_ups[LIST, start]
    text = "".join(frame.text for frame in answer)
    assert "hx-upsert" in text
    assert ">Ana<" not in text


@pytest.mark.django_db
def test_many_new_names_of_one_are_the_last_one_once(ana):
    room = LogReader()
    room.read([LIST])
    for name in ("A", "An", "Ana B."):
        rename(ana, name)

    (frame,) = room.read([LIST]).live[LIST]

    assert frame.text.count(f".name-{ana.pk}") == 1
    assert ">Ana B.<" in frame.text


@pytest.mark.django_db
def test_an_account_that_is_gone_has_no_name(ana):
    room = LogReader()
    room.read([LIST])
    rename(ana, "Ana Blum")
    ana.delete()

    assert room.read([LIST]).live == {}


@pytest.mark.django_db(transaction=True)
async def test_a_new_picture_reaches_lists_rooms_and_the_page_of_its_author(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ana = await in_thread(UserFactory, username="ana", name="Ana")
    post, _ = await in_thread(published, author=ana)
    await in_thread(commented, post, author=ana)

    async with (
        opened("/") as front,
        opened("/readers/ana/") as own,
        opened(post.get_absolute_url()) as room,
    ):
        await in_thread(put_avatar, ana, prepare(ContentFile(picture()), AVATAR))
        await in_thread(ana.refresh_from_db)
        for page, number in ((front, 1), (own, 2), (room, 2)):
            await page.until(lambda page: len(page.tree.xpath(PICTURES)) > 0)
            shown = page.tree.xpath(PICTURES)
            assert len(shown) == number
            assert set(shown) <= {ana.avatar_small, ana.avatar_large}
