"""Reviews are written in Markdown: HTML for pages, plain text for everything else.

CommonMark without raw HTML, with ~~struck out~~ text, spoilers and bare links; a line break is one,
as in a letter. There are no images: one that is written becomes a link to it. Whoever puts the
HTML on a page wraps it in an element with `hx-ignore`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, linkify
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from posts.spoilers import spoilers

SCHEMES = {"http", "https", "mailto"}
TOP_HEADING, LEAST_HEADING = 3, 5
MOST_IN_VAIN = 1_000
MOST_BARE_LINKS = 300

# htmx turns `<hx-…` into templates wherever it stands in a frame, in attributes as well, and
# `data-hx-*` is as live as `hx-*`. nh3 escapes `<` everywhere; as it comes last, this list is law.
CLEANER = nh3.Cleaner(
    tags={
        "a", "blockquote", "br", "code", "details", "div", "em", "h3", "h4", "h5", "hr", "li",
        "ol", "p", "pre", "s", "strong", "summary", "ul",
    },
    # "*": otherwise the title and lang of its own list stay in force.
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}, "details": {"id"}},
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
    with READING:
        html = READER.render(text, {"scope": scope})
    return mark_safe(CLEANER.clean(html))  # noqa: S308  (sanitised the moment before)


@lru_cache(128)
def to_open_html(text: str, address: str) -> str:
    """Return Markdown as HTML for where nothing can be hidden: each spoiler as "[spoiler]".

    If there are any, a link to `address`, where they can be opened, stands below.
    """
    with READING:
        tokens = READER.parse(text)
        kept = without_spoilers(tokens)
        html = CLEANER.clean(READER.renderer.render(kept, READER.options, {}))
    hides = any(token.type == "spoiler_open" for token in flat(tokens))
    more = '<p><a href="{}">The spoilers are hidden: they can be opened there.</a></p>\n'
    return html + (format_html(more, address) if hides else "")


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
    with READING:
        tokens = READER.parse(text)
    said = "".join(words(tokens))
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
    if token.type in {"text", "code_inline", "fence"}:
        yield token.content
    if token.type in {"softbreak", "hardbreak"}:
        yield "\n"
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
    # Not the inline rule of that name: it takes the end of a spoiler for a part of the URL.
    md.core.ruler.at("linkify", bounded_linkify)
    md.core.ruler.enable("linkify")
    # "example.com" stays what it is: "no.No" would be a link as well.
    md.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    md.inline.ruler.at("link", bounded_link)
    md.inline.ruler.at("image", image_as_link)
    md.core.ruler.push("headings", demote_headings)
    md.validateLink = has_allowed_scheme
    return md.use(spoilers)


def has_allowed_scheme(url: str) -> bool:
    """Whether a link, of which entities have been resolved, may be one."""
    scheme, colon, _ = url.partition(":")
    return bool(colon) and scheme.lower() in SCHEMES


def bounded_linkify(state: StateCore) -> None:
    """Make links of bare URLs, unless there are very many: the cost grows with the square."""
    if state.src.count("://") <= MOST_BARE_LINKS:
        linkify(state)


def bounded_link(state: StateInline, silent: bool) -> bool:
    """Read a link. After many brackets that were none, in one text, all are taken for plain text.

    Each of them costs a search; thousands of "[" took seconds.
    """
    if state.src[state.pos] != "[" or state.env.get("in_vain", 0) > MOST_IN_VAIN:
        return False
    if link(state, silent):
        return True
    state.env["in_vain"] = state.env.get("in_vain", 0) + 1
    return False


def image_as_link(state: StateInline, silent: bool) -> bool:
    """Read `![text](url)` as a link; within a link as its text alone."""
    if not state.src.startswith("![", state.pos, state.posMax):
        return False
    first = len(state.tokens)
    state.pos += 1
    if not bounded_link(state, silent):
        state.pos -= 1
        return False
    if state.linkLevel:
        for token in state.tokens[first:]:
            token.hidden |= token.type in {"link_open", "link_close"}
    return True


def demote_headings(state: StateCore) -> None:
    """Let headings begin below the post's own."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = int(token.tag[1:]) + TOP_HEADING - 1
            token.tag = f"h{min(level, LEAST_HEADING)}"


READER = make_reader()
# linkify-it keeps where it is in the object: one text at a time.
READING = Lock()
