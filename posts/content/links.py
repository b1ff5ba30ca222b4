"""Links, for markdown-it: bare addresses, bounded work, images as links, and nothing that is lost.

CommonMark drops a definition (`[name]: https://…`) that no link uses, and shows the title of a link
only to a pointer. Here the one stays as it was typed, and the other stands behind the link.
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from posts.content.parsing_budget import spend
from posts.content.spoiler_marks import MARK, RUN

SCHEMES = {"http", "https", "mailto"}
MOST_IN_VAIN = 1_000
MOST_BARE_LINKS = 300
LONGEST = 2_000
"""Characters of a bare address. A longer word is none."""

SCHEME = re.compile(r"(?<![a-z0-9.+-])(?:https?(?=://)|mailto(?=:))", re.IGNORECASE)
WORD = re.compile(rf"[^\s`]{{1,{LONGEST + 1}}}")
LAST_MARK = re.compile(r"\|{2,}\Z")


def links(md: MarkdownIt) -> None:
    """Teach `md` to read links: `md.use(links)`."""
    # "example.com" stays what it is: "no.No" would be a link as well.
    assert md.linkify is not None  # It is installed.
    md.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    md.inline.ruler.at("linkify", bare_link)
    md.inline.ruler.enable("linkify")
    md.inline.ruler.at("link", bounded_link)
    md.inline.ruler.at("image", image_as_link)
    md.block.ruler.at("reference", kept_reference)
    md.core.ruler.after("inline", "unused_definitions", show_unused_definitions)
    # As markdown-it's documentation does it.
    md.validateLink = has_allowed_scheme  # type: ignore[method-assign]  # no other way


def has_allowed_scheme(url: str) -> bool:
    """Whether a link, of which entities have been resolved, may be one."""
    scheme, colon, _ = url.partition(":")
    return bool(colon) and scheme.lower() in SCHEMES


# --- Bare addresses


def bare_link(state: StateInline, silent: bool) -> bool:
    """Read an address that stands in the text by itself, before its signs mean anything else.

    It comes as three tokens.
    """
    if state.src[state.pos] != ":":
        return False
    found = SCHEME.match(state.src, start) if (start := scheme_start(state)) >= 0 else None
    if not found or not (silent or state.pending.endswith(found[0])):
        return False
    address = address_at(state, start)
    url = state.md.normalizeLink(unescapeAll(address))
    if not address or not state.md.validateLink(url):
        return False
    if not silent:
        state.pending = state.pending.removesuffix(found[0])
        if state.linkLevel:
            state.pending += address
        else:
            push_link(state, url, unescapeAll(address))
            state.tokens[-3].meta["bare"] = True
    state.pos = start + len(address)
    return True


def scheme_start(state: StateInline) -> int:
    """Return where the scheme begins that ends here, or -1."""
    before = state.src[max(0, state.pos - 6) : state.pos].lower()
    return next((state.pos - len(s) for s in SCHEMES if before.endswith(s)), -1)


def address_at(state: StateInline, start: int) -> str:
    """Return the address that begins here, without what closes something around it; "" for none."""
    state.env["addresses"] = seen = state.env.get("addresses", 0) + 1
    word = WORD.match(state.src, start, state.posMax)
    assert word is not None  # Its scheme is there.
    assert state.md.linkify is not None
    spend(state, len(word[0]) // 16)
    if seen > MOST_BARE_LINKS or len(word[0]) > LONGEST:
        return ""
    match = state.md.linkify.match_at_start(word[0])
    address = word[0][: match.last_index] if match else ""
    around = {chr(each.marker) for each in state.delimiters if each.open}
    while True:
        shorter = LAST_MARK.sub("", address)
        if shorter and shorter[-1] in around:
            shorter = shorter.rstrip(shorter[-1])
        if shorter == address:
            return address
        address = shorter


def push_link(state: StateInline, url: str, text: str) -> None:
    token = state.push("link_open", "a", 1)
    token.attrs = {"href": url}
    token.markup, token.info = "linkify", "auto"
    state.push("text", "", 0).content = state.md.normalizeLinkText(text)
    token = state.push("link_close", "a", -1)
    token.markup, token.info = "linkify", "auto"


# --- [text](address "title"), and images


def bounded_link(state: StateInline, silent: bool) -> bool:
    """Read a link. After many brackets that were none, in one text, all are taken for plain text.

    Each of them costs a search; thousands of "[" took seconds. A title is put behind the link.
    """
    if state.src[state.pos] != "[" or state.env.get("in_vain", 0) > MOST_IN_VAIN:
        return False
    first = len(state.tokens)
    with state.env["references"].used(not silent):
        found = link(state, silent)
    if not found:
        state.env["in_vain"] = state.env.get("in_vain", 0) + 1
    elif not silent:
        opening = next(each for each in state.tokens[first:] if each.type == "link_open")
        if title := str(opening.attrs.pop("title", "")):
            opening.meta["marks"] = len(RUN.findall(title))
            token = state.push("text", "", 0)
            token.content, token.meta["link_title"] = f" ({title})", True
    return found


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


# --- Definitions


class References(dict[str, Any]):
    """What has been defined, by name, and the names that links have used."""

    def __init__(self) -> None:
        super().__init__()
        self.names_used: set[str] = set()
        self._counts = [False]

    def used(self, counts: bool) -> "References":
        """Have what is looked up within `with` count as used, or not: a rule may only be tried."""
        self._counts.append(counts)
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._counts.pop()

    def get(self, name: str, default: Any = None) -> Any:
        if self._counts[-1] and name in self:
            self.names_used.add(name)
        return super().get(name, default)


def kept_reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a definition, and keep its words. One with a spoiler mark in it is a paragraph."""
    known: References = state.env["references"]
    before = len(known)
    if not reference(state, start, end, silent):
        return False
    text = state.getLines(start, state.line, state.blkIndent, False).strip()
    is_first = len(known) > before
    if MARK in text:
        state.line = start
        if is_first:
            known.popitem()
        return False
    token = state.push("definition", "", 0)
    token.block, token.content = True, text
    token.meta["name"] = next(reversed(known)) if is_first else None
    return True


def show_unused_definitions(state: StateCore) -> None:
    """Put a paragraph in the place of each definition that no link has used."""
    known: References = state.env["references"]
    if not any(token.type == "definition" for token in state.tokens):
        return
    shown = []
    for token in state.tokens:
        if token.type != "definition":
            shown.append(token)
        elif token.meta["name"] not in known.names_used:
            shown += shown_definition(state, token)
    state.tokens = shown


def shown_definition(state: StateCore, definition: Token) -> list[Token]:
    """Return the tokens of a paragraph that says what was typed."""
    children: list[Token] = []
    state.md.inline.parse(definition.content, state.md, state.env, children)
    inline = Token("inline", "", 0, content=definition.content, children=children, block=True)
    opening = Token("paragraph_open", "p", 1, block=True)
    return [opening, inline, Token("paragraph_close", "p", -1, block=True)]
