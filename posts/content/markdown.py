"""Reviews are written in Markdown: HTML for pages, plain text for everything else.

CommonMark without raw HTML, with ~~struck out~~ text, spoilers and bare links; a line break is one,
as in a letter. There are no images: one that is written becomes a link to it. Whoever puts the
HTML on a page wraps it in an element with `hx-ignore`.
"""

import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from posts.content.directions import give_directions
from posts.content.links import SCHEMES, References, links
from posts.content.parsing_budget import TooMuchWork, budget, budget_for
from posts.content.plain_text import MIGHT_HIDE, plain_text, plain_tokens
from posts.content.spoilers import spoilers

TOP_HEADING, LEAST_HEADING = 3, 5

# htmx turns `<hx-…` into templates wherever it stands in a frame, in attributes as well, and
# `data-hx-*` is as live as `hx-*`. nh3 escapes `<` everywhere; as it comes last, this list is law.
CLEANER = nh3.Cleaner(
    tags={
        "a", "blockquote", "br", "code", "details", "div", "em", "h3", "h4", "h5", "hr", "li",
        "ol", "p", "pre", "s", "strong", "summary", "ul",
    },
    # "*": otherwise the title and lang of its own list stay in force.
    attributes={
        "*": {"dir"}, "a": {"href"}, "ol": {"start"}, "li": {"value"}, "details": {"id"},
    },
    allowed_classes={"div": {"para"}, "details": {"spoiler", "spoiler--whole"}},
    id_prefix="spoiler-",
    url_schemes=SCHEMES,
    url_relative="deny",
    link_rel="nofollow ugc noopener",
)  # fmt: skip


@lru_cache(64)
def to_html(text: str, scope: object = "") -> SafeString:
    """Return Markdown as HTML that cannot do anything.

    `scope` tells the texts of one page apart where there are several, such as a comment's id.
    """
    with reader() as md:
        tokens = tokens_of(md, text, scope)
        give_directions(tokens)
        html = md.renderer.render(tokens, md.options, {})
    return mark_safe(CLEANER.clean(html))  # noqa: S308  (sanitised the moment before)


@lru_cache(128)
def to_open_html(text: str, address: str) -> str:
    """Return Markdown as HTML for where nothing can be hidden: each spoiler as "[spoiler]".

    If there are any, a link to `address`, where they can be opened, stands below. It is kept in the
    language in which it was first rendered: render it in the site's own only.
    """
    with reader() as md:
        tokens = tokens_of(md, text)
        shown = without_spoilers(tokens)
        give_directions(shown)
        html = md.renderer.render(shown, md.options, {})
    html = CLEANER.clean(html)
    hides = any(token.type == "spoiler_open" for token in flat(tokens))
    if not hides:
        return html
    said = gettext("The spoilers are hidden: they can be opened there.")
    return html + format_html('<p><a href="{}">{}</a></p>\n', address, said)


def without_spoilers(tokens: list[Token]) -> list[Token]:
    """Return tokens to draw, with a word in the place of each spoiler."""
    kept, depth = [], 0
    for token in tokens:
        depth -= token.type == "spoiler_close"
        if token.type == "spoiler_open" and not depth:
            said = Token("text", "", 0, content="[spoiler]")
            inline = Token("inline", "", 0, content=said.content, children=[said], block=True)
            kept += [PARAGRAPH, inline, PARAGRAPH_END] if token.block else [said]
        depth += token.type == "spoiler_open"
        if depth or token.type == "spoiler_close":
            continue
        kept.append(token.copy(children=without_spoilers(token.children or [])))
    return kept


@lru_cache(256)
def to_text(text: str) -> str:
    """Return what Markdown says, as plain text in paragraphs, each spoiler as "[spoiler]".

    It is text: where HTML is written it has to be escaped like any other.
    """
    said = "".join(words(read(text)))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", said)).strip()


def excerpt(text: str, most: int) -> str:
    """Return the first `most` words of what Markdown says, in one line, with "…" if there are more.

    Read as a whole, since half a spoiler would not be known for one. It also ends at ten
    characters for each word: some scripts do without spaces, and some authors.
    """
    said = " ".join(to_text(text).split())
    short = " ".join(said.split(" ", most)[:most])[: most * 10]
    return said if said == short else short.rstrip(" ,;:–—-") + "…"


def words(tokens: list[Token]) -> Iterator[str]:
    """Yield the text of the tokens, without that of spoilers, and the breaks between them."""
    depth = 0
    for token in flat(tokens):
        if token.type == "spoiler_open":
            depth += 1
            if depth == 1:
                yield "[spoiler]"
        elif token.type == "spoiler_close":
            depth -= 1
            if token.block:
                yield "\n\n"
        elif not depth:
            yield from said_by(token)


def said_by(token: Token) -> Iterator[str]:
    """Yield what one token says."""
    if token.type in {"text", "code_inline", "fence", "plain_text"}:
        yield token.content
    if token.type in {"softbreak", "hardbreak"}:
        yield "\n"
    elif token.type == "list_item_open" and token.info:
        yield f"{token.info}{token.markup} "
    elif token.block and token.nesting < 1 and token.type != "list_item_close":
        # The paragraphs in a list without empty lines are there, hidden.
        yield "\n" if token.hidden else "\n\n"


def flat(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens, and in place of each run of inline text its parts."""
    for token in tokens:
        if token.type == "inline":
            yield from token.children or ()
        else:
            yield token


PARAGRAPH = Token("paragraph_open", "p", 1, block=True)
PARAGRAPH_END = Token("paragraph_close", "p", -1, block=True)


# --- The reader


def make_reader() -> MarkdownIt:
    """Make what reads Markdown."""
    md = MarkdownIt(
        "commonmark", {"html": False, "breaks": True, "linkify": True, "xhtmlOut": False}
    )
    # No code by mere indentation, no heading by a line beneath: people indent verse and draw lines.
    md.disable(["code", "lheading", "html_block", "html_inline"])
    md.enable(["strikethrough"])
    md.core.ruler.push("headings", demote_headings)
    md.core.ruler.push("list_numbers", keep_numbers)
    return md.use(links).use(spoilers).use(plain_text).use(budget)


def demote_headings(state: StateCore) -> None:
    """Let headings begin below the post's own."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = int(token.tag[1:]) + TOP_HEADING - 1
            token.tag = f"h{min(level, LEAST_HEADING)}"


def keep_numbers(state: StateCore) -> None:
    """Have items bear the numbers that were typed, where HTML would count on from the first.

    But all may be given the first number: that is how a list is written that counts by itself.
    """
    lists: list[list[int]] = []
    for token in state.tokens:
        if token.type == "ordered_list_open":
            lists.append([])
        elif token.type == "ordered_list_close":
            lists.pop()
        elif token.type == "list_item_open" and token.info:
            number, numbers = int(token.info), lists[-1]
            if numbers and number not in (numbers[0], numbers[-1] + 1):
                token.attrSet("value", str(number))
            elif numbers:
                number = numbers[-1] + 1
            numbers.append(number)
            token.info = str(number)


_idle: deque[MarkdownIt] = deque([make_reader()])


@contextmanager
def reader() -> Iterator[MarkdownIt]:
    """Lend a reader that nobody else uses meanwhile: linkify-it keeps where it is in the object.

    There come to be as many as texts have been read at once. Nobody waits for another.
    """
    try:
        md = _idle.pop()
    except IndexError:
        md = make_reader()
    try:
        yield md
    finally:
        _idle.append(md)


def read(text: str) -> list[Token]:
    """Return the tokens of a text in Markdown."""
    with reader() as md:
        return tokens_of(md, text)


def environment(text: str, scope: object = "") -> dict[str, Any]:
    """Return what the rules share while they read a text."""
    return {"scope": scope, "steps": budget_for(text), "references": References()}


def tokens_of(md: MarkdownIt, text: str, scope: object = "") -> list[Token]:
    """Read Markdown; as plain text when reading it would take too much work."""
    try:
        return md.parse(text, environment(text, scope))
    except TooMuchWork:
        return plain_tokens(text, scope)


@lru_cache(64)
def has_unclosed_spoiler(text: str) -> bool:
    """Whether a mark of a spoiler is never closed, so that all is hidden from there on."""
    if MIGHT_HIDE.search(text) is None:
        return False
    env = environment(text)
    with reader() as md:
        try:
            md.parse(text, env)
        except TooMuchWork:
            return True
    return bool(env["unclosed"])
