"""Help with writing: each example is drawn by what draws reviews and reads tags."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from posts.content.slugs import slug_of
from posts.forms.fields import MAX_TAG_LENGTH, MAX_TAGS, TagsField
from posts.models import Tag


class Example(NamedTuple):
    """What one types for it."""

    what: str
    typed: str
    note: str = ""


TEXT = [
    Example("Emphasis", "She is *clever*, and **very** sure of it. ~~Handsome~~ as well."),
    Example(
        "Lines and paragraphs",
        "Two roads diverged\nin a yellow wood.\n\nAn empty line begins a new paragraph.",
        "A line ends where you end it, so verse stays verse.",
    ),
    Example(
        "A quotation",
        "> It was the best of times,\n> it was the worst of times.\n\nSo it goes on.",
    ),
    Example("A list", "- the moor\n- the house\n- the cat"),
    Example(
        "A numbered list", "3. Persuasion\n1. Emma\n2. Dracula", "Items keep the numbers you give."
    ),
    Example("Headings", "# The first volume\n\nBetter than:\n\n## The second"),
    Example(
        "Links",
        "[The text](https://www.gutenberg.org/ebooks/105), or just https://standardebooks.org/",
        "A picture in a text becomes a link to it. The cover has a field of its own.",
    ),
    Example("A line between two parts", "Before.\n\n---\n\nAfter."),
    Example("As it was typed", "`*no emphasis*` and \\*none here\\*"),
]

SPOILERS = [
    Example("A few words", "In the end ||it was the butler||, of course."),
    Example(
        "Whole paragraphs",
        "Read no further if you have not finished it.\n\n::: spoiler How it ends\nHe marries *her*."
        "\n\n- And they move to Bath.\n:::\n\nThe style is lovely.",
        "The marks stand on lines of their own. The words behind “spoiler” are the title; they are "
        "for everybody to see.",
    ),
    Example(
        "One that does not end",
        "I liked the start. ||Then he dies, and",
        "Without a second mark everything to the end is hidden. The preview says so.",
    ),
]

TAGS = Example("Tags", "ghost stories, In  Translation, #novella, C++")


@require_safe
def writing_help(request: HttpRequest) -> HttpResponse:
    """Show what can be written, and what becomes of it."""
    names = TagsField().clean(TAGS.typed)
    ctx = {
        "texts": TEXT,
        "spoilers": SPOILERS,
        "tags": TAGS,
        "tags_read": [Tag(name=name, slug=slug_of(name)) for name in names],
        "most_tags": MAX_TAGS,
        "longest_tag": MAX_TAG_LENGTH,
    }
    return render(request, "posts/help.html", ctx)
