"""Who is mentioned: readers by their names in any case, outside of spoilers, code and addresses."""

import pytest

from accounts.factories import UserFactory
from accounts.models import User
from accounts.names.keys import name_key
from posts.content.mentions import mentioned_in
from posts.factories import commented, published
from posts.models import Notification

pytestmark = pytest.mark.django_db


def mentions_of(user: User) -> int:
    """Return how often the user is told of a mention."""
    return Notification.objects.of(user).filter(kind="mentioned").count()


def test_a_mention_within_a_spoiler_or_code_is_none():
    assert mentioned_in("Hello @ana. ||@ben did it||") == {"ana"}
    assert mentioned_in("@ana, @ana! (@ben) a@b.example https://x.example/@cy") == {"ana", "ben"}


@pytest.mark.parametrize(
    "text",
    [
        "`@ben`", "``a ` @ben``", "```\n@ben\n```", "~~~\n@ben", "- `@ben`", "> ```\n> @ben\n> ```",
        "[a](https://a.example/@ben)", "https://a.example/?to=@ben", "<https://a.example/(@ben)>",
        "||@ben||", "||\n- @ben\n||", ":::spoiler @ben\n@ben\n:::", "||`@ben`||",
    ],
)  # fmt: skip
def test_what_is_no_call_for_anybody_is_no_mention(text):
    assert mentioned_in(f"@ana\n\n{text}") == {"ana"}


@pytest.mark.parametrize("name", ["margit", "MARGIT", "Margit", "Ødegård", "ødegåRD", "Ｍargit"])
def test_a_mention_reaches_a_reader_whatever_the_case(ana, name):
    readers = [UserFactory(username="Margit"), UserFactory(username="Ødegård")]

    published(author=ana, body=f"As @{name} said, and @margit.x did not.")

    (reached,) = [reader for reader in readers if mentions_of(reader)]
    assert name_key(reached.username) == name_key(name)


def test_of_names_that_differ_by_case_alone_the_exact_one_is_reached(ana):
    older, newer = UserFactory(username="margit"), UserFactory(username="Margit")

    assert User.objects.named(["Margit"]) == [newer]
    assert User.objects.named(["MARGIT", "margit"]) == [older]


def test_another_case_of_the_same_name_tells_nobody_again(ana, ben):
    comment = commented(published(author=ana)[0], "Hm, @ben.", author=ana)
    comment.revise("Hm, @Ben.")

    assert mentions_of(ben) == 1


def test_a_new_name_is_found_however_it_was_saved(ana):
    ana.username = "Anna"
    ana.save(update_fields=["username"])

    assert User.objects.named(["ANNA", "ana"]) == [ana]
