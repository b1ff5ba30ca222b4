"""A post as it will stand, drawn from a form that is still being filled in."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from posts.forms import PostForm
from posts.models import Cover, Post

LONGEST = Post._meta.get_field("body").max_length


class Preview(NamedTuple):
    """What templates/posts/_preview.html draws."""

    post: Post
    """Not stored, and without tags and cover: they cannot be put on such a one."""
    tags: list[str]
    cover: Cover | None
    excess: int
    """How many characters the review has too many; it is not drawn then."""

    @property
    def is_empty(self) -> bool:
        return not (self.post.title or self.post.book_author or self.post.body)


def preview_of(form: PostForm, cover: Cover | None = None) -> Preview:
    """Draw what stands in a form, right or wrong, with this cover."""
    typed = {name: str(form[name].value() or "") for name in ("title", "book_author", "body")}
    excess = max(0, len(typed["body"].replace("\r\n", "\n")) - LONGEST)
    rating: Decimal | None = good_or(form, "rating", None)
    return Preview(
        Post(**{name: text.strip() for name, text in typed.items()}, rating=rating),
        good_or(form, "tags", []),
        cover,
        excess,
    )


def good_or(form: PostForm, name: str, otherwise: Any) -> Any:
    """Return what was typed into this field as its value, or `otherwise` when it is none."""
    try:
        return form.fields[name].clean(form[name].value())
    except ValidationError:
        return otherwise
