"""Help with writing: each example is drawn by what draws reviews and reads tags."""

from typing import TYPE_CHECKING, NamedTuple, Self

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from posts.content.slugs import slug_of
from posts.forms.fields import MAX_TAG_LENGTH, MAX_TAGS, TagsField
from posts.models import Tag

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Example(NamedTuple):
    """What one types for it."""

    what: "StrOrPromise"
    typed: str
    note: "StrOrPromise" = ""

    def said(self) -> Self:
        """Return it in the active language: `what` tells the examples of a page apart."""
        return self._replace(what=str(self.what), note=str(self.note))


TEXT = [
    Example(_("Emphasis"), "She is *clever*, and **very** sure of it. ~~Handsome~~ as well."),
    Example(
        _("Lines and paragraphs"),
        "Two roads diverged\nin a yellow wood.\n\nAn empty line begins a new paragraph.",
        _("A line ends where you end it, so verse stays verse."),
    ),
    Example(
        _("A quotation"),
        "> It was the best of times,\n> it was the worst of times.\n\nSo it goes on.",
    ),
    Example(_("A list"), "- the moor\n- the house\n- the cat"),
    Example(
        _("A numbered list"),
        "3. Persuasion\n1. Emma\n2. Dracula",
        _("Items keep the numbers you give."),
    ),
    Example(_("Headings"), "# The first volume\n\nBetter than:\n\n## The second"),
    Example(
        _("Links"),
        "[The text](https://www.gutenberg.org/ebooks/105), or just https://standardebooks.org/",
        _("A picture in a text becomes a link to it. The cover has a field of its own."),
    ),
    Example(_("A line between two parts"), "Before.\n\n---\n\nAfter."),
    Example(_("As it was typed"), "`*no emphasis*` and \\*none here\\*"),
]

SPOILERS = [
    Example(_("A few words"), "In the end ||it was the butler||, of course."),
    Example(
        _("Whole paragraphs"),
        "Read no further if you have not finished it.\n\n::: spoiler How it ends\nHe marries *her*."
        "\n\n- And they move to Bath.\n:::\n\nThe style is lovely.",
        _(
            "The marks stand on lines of their own. The words behind “spoiler” are the title; they "
            "are for everybody to see."
        ),
    ),
    Example(
        _("One that does not end"),
        "I liked the start. ||Then he dies, and",
        _("Without a second mark everything to the end is hidden. The preview says so."),
    ),
]

TAGS = Example(_("Tags"), "ghost stories, In  Translation, #novella, C++")


@require_safe
def writing_help(request: HttpRequest) -> HttpResponse:
    """Show what can be written, and what becomes of it."""
    names = TagsField().clean(TAGS.typed)
    ctx = {
        "texts": [each.said() for each in TEXT],
        "spoilers": [each.said() for each in SPOILERS],
        "tags": TAGS,
        "tags_read": [Tag(name=name, slug=slug_of(name)) for name in names],
        "most_tags": MAX_TAGS,
        "longest_tag": MAX_TAG_LENGTH,
    }
    return render(request, "posts/help.html", ctx)
