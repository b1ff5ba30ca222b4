"""What stands between two marks is in the open on no page, in no feed, frame, mail or search."""

import re
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import call_command
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from lxml import html

from posts.factories import commented, published
from posts.models import Comment, Follow, Post, SearchDocument

pytestmark = [pytest.mark.django_db, pytest.mark.only_on("sqlite")]

SECRET = "zqbutler"
COMPOSITIONS = [
    "||The ending:\n- the zqbutler did it\n- zqbutler dies||",
    "||\n# zqbutler\n\n> zqbutler\n\n```\nzqbutler\n```\n***\n1. zqbutler\n||",
    "- a ||zqbutler\n- zqbutler|| b\n\n[c](https://a.example/||zqbutler||)",
    "||never closed\n\n> zqbutler\n\n- zqbutler https://zqbutler.example/",
    "::: spoiler ||zqbutler||\n```\n:::\n```\nzqbutler\n:::\n\n[||]: https://a.example/zqbutler\n\n||x",
]
PERSONAL = {"posts:edit", "posts:comment_edit", "posts:create"}
"""Their form holds what its author typed."""


def views(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield f"{prefix}{each.name}"
        elif each.namespace != "admin":
            yield from views(each, f"{each.namespace}:" if each.namespace else prefix)


def addresses(post: Post, comment: Comment) -> Iterator[tuple[str, str]]:
    """Yield every view, and its address for this post and this comment."""
    known = {
        "pk": post.pk,
        "comment_pk": comment.pk,
        "slug": post.slug,
        "username": post.author.username,
        "key": post.book_key,
    }
    for name in sorted(set(views(get_resolver()))):
        for names in ((), ("pk",), ("pk", "comment_pk"), ("pk", "slug"), ("slug",), ("key",),
                      ("username",)):  # fmt: skip
            try:
                yield name, reverse(name, kwargs={each: known[each] for each in names})
            except NoReverseMatch:
                continue


def open_text(content: str, *, personal: bool = False) -> str:
    """Return what a page shows, and says in attributes, without what its spoilers hide."""
    tree = html.fromstring(f"<div>{content}</div>")
    for hidden in tree.xpath('//details[contains(@class, "spoiler")]'):
        for each in list(hidden):
            if each.tag != "summary":
                each.drop_tree()
        for each in hidden:
            each.tail = ""
    for field in tree.xpath("//textarea") if personal else ():
        field.text = ""
    return html.tostring(tree, encoding="unicode")


@pytest.fixture
def posted(ana, ben, as_ana):
    """Store a post and a comment that say this, edit both; yield what went out and is there."""
    ana.digest = True
    ana.save()
    EmailAddress.objects.create(user=ana, email=ana.email, verified=True, primary=True)
    Follow.objects.put(ana, ben, True)
    cursor = re.search(r'name="cursor" value="([^"]+)"', as_ana.get("/").content.decode())[1]

    def post_it(text: str) -> Iterator[tuple[str, str]]:
        post, _ = published(author=ben, title="Emma", body=f"@ana first.\n\n{text}", tags=("slug",))
        post.body = f"@ana then.\n\n{text}\n"
        post.revise(("slug",))
        post.pin()
        comment = commented(post, f"@ana\n\n{text}", author=ben)
        comment.revise(f"Hm. @ana\n\n{text}")
        topics = ["posts", "cards", f"post-{post.pk}", f"author-{ben.pk}"]
        query = {"cursor": cursor, "topic": topics}
        yield "changes", open_text(as_ana.get("/changes/", query).content.decode())
        yield "found", open_text(as_ana.get("/search/", {"q": "then"}).content.decode())
        typed = {"title": "Emma", "book_author": "Austen", "body": text}
        yield "preview", open_text(as_ana.post("/drafts/keep/", typed).content.decode())
        for name, address in addresses(post, comment):
            answer = as_ana.get(address)
            content = answer.content.decode(errors="replace") if not answer.streaming else ""
            if answer.headers.get("Content-Type", "").startswith("text/html") and content:
                content = open_text(content, personal=name in PERSONAL)
            yield f"{name} {address}", content
        call_command("maildigests", site="https://books.example/")
        yield "mail", "".join(f"{letter.subject} {letter.body}" for letter in mail.outbox)
        yield "index", SearchDocument.objects.get(post=post).body

    return post_it


@pytest.mark.parametrize("text", COMPOSITIONS)
def test_a_secret_is_in_the_open_nowhere(posted, text):
    seen = dict(posted(text))

    assert [place for place, said in seen.items() if SECRET in said] == []
    assert Post.objects.search(SECRET) == []
    shown = [place for place, said in seen.items() if "then" in said]
    for name in ("changes", "preview", "mail", "index", "found", "posts:list", "posts:detail",
                 "posts:history", "posts:feed", "posts:feed_json", "posts:author_feed",
                 "posts:notifications", "posts:tag", "posts:book"):  # fmt: skip
        assert any(place.split()[0] == name for place in seen), name
    assert len(shown) > 10


def test_the_preview_says_that_a_spoiler_is_never_closed(as_ana):
    def preview(body: str) -> str:
        typed = {"title": "Emma", "book_author": "Austen", "body": body}
        return as_ana.post("/drafts/keep/", typed).content.decode()

    assert "never closed" in preview("Well, ||he dies.")
    assert "never closed" not in preview("Well, ||he dies||.")
