"""The newest posts for feed readers: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org).

Feed readers know no spoilers, and many drop the elements that would hide them: what a spoiler says
is left out, with a link to where it can be opened.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import NAMESPACE_DNS, UUID, uuid5

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, SyndicationFeed, rfc3339_date
from django.utils.html import format_html
from django.utils.http import http_date
from django.utils.translation import gettext, override

from accounts.models import User
from bookshelf.log import START, Change
from posts.content.markdown import to_open_html
from posts.models import Post, Tag, Tagging
from posts.models.post_queryset import PostQuerySet
from posts.models.tagging import TaggingQuerySet
from posts.pages.page_cache import same_for_everyone
from posts.pages.shown_rows import Shown, shown_by

if TYPE_CHECKING:
    FeedOfPosts = Feed[Post, Any]
else:
    FeedOfPosts = Feed

NEWEST = 40
SETTLED = 10
"""Seconds after which no change can come to be known that happened before."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# What XML 1.0 cannot say, not even escaped; one of them makes a reader refuse the whole feed.
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sayable(text: object) -> str:
    """Return text without the characters that XML has no way to write."""
    return NO_XML.sub("", str(text))


def lasting_id(namespace: UUID, name: str) -> str:
    """Return an id (RFC 4122) that no change of host, scheme or title touches."""
    return uuid5(namespace, name).urn


class AtomFeed(Atom1Feed):
    """Atom whose entries have their text as content, not as a summary."""

    def latest_post_date(self) -> datetime:
        # Django's says "now" for an empty feed, which would then change all the time.
        return super().latest_post_date() if self.items else NEVER

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item | {"description": None})
        handler.addQuickElement("content", item["description"], {"type": "html"})


class JsonFeed(SyndicationFeed):
    """JSON Feed 1.1."""

    content_type = "application/feed+json; charset=utf-8"

    def latest_post_date(self) -> datetime:
        return NEVER

    def write(self, outfile: BinaryIO, encoding: str) -> None:
        document = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "language": self.feed["language"],
            "items": [self.item(item) for item in self.items],
        }
        outfile.write(json.dumps(document, ensure_ascii=False).encode(encoding))

    def item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "content_html": item["description"],
            "date_published": rfc3339_date(item["pubdate"]),
            "date_modified": rfc3339_date(item["updateddate"]),
            "authors": [{"name": item["author_name"], "url": item["author_link"]}],
            "tags": item["categories"],
        }


class PostFeed(FeedOfPosts):
    """The newest of all posts. `kind` is AtomFeed or JsonFeed.

    In the language of the site: what feed readers fetch is the same for everybody.
    """

    def __init__(self, kind: type[SyndicationFeed] = AtomFeed) -> None:
        self.feed_type = kind

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Before the posts: what changes in between makes the answer newer than it says.
        changed = Change.objects.newest()
        self.shown = Shown()
        self.root = request.build_absolute_uri("/")[:-1]
        with override(settings.LANGUAGE_CODE):
            response = super().__call__(request, *args, **kwargs)
        response["Content-Language"] = settings.LANGUAGE_CODE
        same_for_everyone(request, changed.cursor if changed else START, self.shown)
        # Not of the posts that are shown: when one is removed those are older than before. And not
        # while the same second, which is all that this header tells, can bring another change.
        del response["Last-Modified"]
        if changed and (timezone.now() - changed.at).total_seconds() > SETTLED:
            response["Last-Modified"] = http_date(changed.at.timestamp())
        return response

    def feed_guid(self, obj: Any) -> str:
        """Return the feed's own id. It depends on settings, never on the request."""
        owner = f"{type(obj).__name__} {obj.pk}" if obj else "all"
        return lasting_id(NAMESPACE_DNS, f"{settings.FEED_AUTHORITY} {owner}")

    def posts(self, obj: Any) -> PostQuerySet[Post] | TaggingQuerySet:
        return Post.objects.all()

    def title(self, obj: Any) -> str:
        return "BookShelf"

    def link(self, obj: Any) -> str:
        return "/"

    def description(self, obj: Any) -> str:
        return gettext("A live blog for book lovers: the newest posts.")

    def items(self, obj: Any) -> Iterable[Post]:
        posts = list(Post.objects.first_of(self.posts(obj), NEWEST).with_details())
        # It shows nothing that likes and comments change.
        self.shown = shown_by(posts)._replace(posts=frozenset())
        return posts

    def item_title(self, post: Post) -> str:
        names = {"title": post.title, "author": post.book_author}
        return sayable(gettext("%(title)s, by %(author)s") % names)

    def item_description(self, post: Post) -> str:
        address = self.root + post.get_absolute_url()
        return sayable(stars(post) + to_open_html(post.body, address))

    def item_guid(self, post: Post) -> str:
        """Return the post's id. It comes from `submission`, and does not show it."""
        return lasting_id(post.submission, "post")

    def item_author_name(self, post: Post) -> str:
        return sayable(post.author.display_name)

    def item_author_link(self, post: Post) -> str:
        return self.root + author_address(post.author)

    def item_pubdate(self, post: Post) -> datetime:
        return post.created_at

    def item_updateddate(self, post: Post) -> datetime:
        return post.edited_at or post.created_at

    def item_categories(self, post: Post) -> list[str]:
        return [sayable(tag.name) for tag in post.tags.all()]


class AuthorFeed(PostFeed):
    """The newest posts of one author."""

    def get_object(self, request: HttpRequest, username: str) -> User:
        return get_object_or_404(User.objects.present(), username=username)

    def items(self, obj: User) -> Iterable[Post]:
        posts = list(super().items(obj))
        self.shown = self.shown.and_of(shown_by(people=[obj]))
        return posts

    def posts(self, obj: User) -> PostQuerySet[Post]:
        return Post.objects.by(obj.pk)

    def title(self, obj: User) -> str:
        return sayable(gettext("Posts by %(name)s · BookShelf") % {"name": obj.display_name})

    def link(self, obj: User) -> str:
        return author_address(obj)

    def description(self, obj: User) -> str:
        return sayable(obj.about)


class TagFeed(PostFeed):
    """The newest posts of one tag."""

    def get_object(self, request: HttpRequest, slug: str) -> Tag:
        return get_object_or_404(Tag, slug=slug)

    def items(self, obj: Tag) -> Iterable[Post]:
        posts = list(super().items(obj))
        if not posts and obj.is_taken_down:
            raise Http404("There is nothing with this tag.")
        self.shown = self.shown.and_of(shown_by(tags=[obj]))
        return posts

    def posts(self, obj: Tag) -> TaggingQuerySet:
        return Tagging.objects.of(obj)

    def title(self, obj: Tag) -> str:
        return sayable(f"{obj.name} · BookShelf")

    def link(self, obj: Tag) -> str:
        return reverse("posts:tag", args=[obj.slug])

    def description(self, obj: Tag) -> str:
        return sayable(gettext("The newest posts tagged “%(tag)s”.") % {"tag": obj.name})


def author_address(author: User) -> str:
    return reverse("posts:author", args=[author.username])


def stars(post: Post) -> str:
    """Return the rating as a line of HTML, "" when there is none."""
    whole, half = divmod(post.half_stars, 2)
    drawn = "★" * whole + "½" * half
    if not drawn:
        return ""
    return format_html("<p>{}</p>\n", gettext("%(stars)s of 5 stars") % {"stars": drawn})
