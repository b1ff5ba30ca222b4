"""The preview of a post, drawn from a form that is still being filled in."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from posts.content.markdown import has_unclosed_spoiler
from posts.forms import PostForm
from posts.models import Cover, Post

LONGEST = Post._meta.get_field("body").max_length or 0


class Preview(NamedTuple):
    """What templates/posts/_preview.html draws."""

    post: Post
    """Not stored, and without tags and cover: these need a stored post."""
    tags: list[str]
    cover: Cover | None
    excess: int
    """By how many characters the review is too long. It is then not drawn."""

    @property
    def hides_the_rest(self) -> bool:
        """Whether a spoiler is never closed, and the review hidden from there on."""
        return has_unclosed_spoiler(self.post.body)

    @property
    def is_empty(self) -> bool:
        return not (self.post.title or self.post.book_author or self.post.body)


def preview_of(form: PostForm, cover: Cover | None = None) -> Preview:
    """Return the preview of what is typed in a form, valid or not, with this cover."""
    typed = {name: str(form[name].value() or "") for name in ("title", "book_author", "body")}
    excess = max(0, len(typed["body"].replace("\r\n", "\n")) - LONGEST)
    rating: Decimal | None = valid_or(form, "rating", None)
    return Preview(
        Post(**{name: text.strip() for name, text in typed.items()}, rating=rating),
        valid_or(form, "tags", []),
        cover,
        excess,
    )


def valid_or(form: PostForm, name: str, default: Any) -> Any:
    """Return the value of this field, or `default` when what was typed is not valid."""
    try:
        return form.fields[name].clean(form[name].value())
    except ValidationError:
        return default
