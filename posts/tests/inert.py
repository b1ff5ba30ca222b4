"""Whether HTML can do anything that we did not write into it."""

import re

from lxml import etree, html

WRITTEN = {
    "a", "blockquote", "br", "code", "details", "div", "em", "h3", "h4", "h5", "hr", "li", "ol",
    "p", "pre", "s", "strong", "summary", "ul",
}  # fmt: skip
"""The elements that a review may consist of."""

WRITTEN_ATTRIBUTES = {
    "a": {"href", "rel"},
    "details": {"class", "id"},
    "div": {"class"},
    "li": {"value"},
    "ol": {"start"},
}

WRAPPER = re.compile(
    r"<hx-(?:upsert|partial)"
    r'(?: (?:hx-target="#[a-z0-9-]+"|hx-swap="[A-Za-z]+"|key="data-id"|sort="(?:desc|asc)"))*>'
    r"|</hx-(?:upsert|partial)>"
)
"""What frames are wrapped in."""


def assert_review_is_inert(text: str) -> None:
    """Check what the Markdown of a review has become."""
    assert not re.search(r"<[/!]?(?:hx-|template|script|!--)", text, re.IGNORECASE), text
    check_review(parsed(text))


def check_review(tree: html.HtmlElement) -> None:
    for element in tree.iterdescendants():
        text = etree.tostring(element, encoding="unicode")
        assert element.tag in WRITTEN, text
        assert set(element.attrib) <= WRITTEN_ATTRIBUTES.get(element.tag, set()) | {"dir"}, text
        assert element.get("dir", "auto") in {"auto", "rtl"}, text
        assert set(element.get("class", "").split()) <= {"para", "spoiler", "spoiler--whole"}, text
        assert element.get("id", "spoiler-").startswith("spoiler-"), text
        if "href" in element.attrib:
            assert re.match(r"(https?|mailto):", element.get("href")), text
            assert element.get("rel") == "nofollow ugc noopener"


def bones(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page or a frame, each with the names of its attributes.

    Without what stands in the review, the excerpt and the tags, which is checked instead. Two
    posts have the same bones, whatever their authors typed.
    """
    assert re.search("<hx-|<template", WRAPPER.sub("", text), re.IGNORECASE) is None, text
    tree = html.document_fromstring(text) if "<html" in text else parsed(WRAPPER.sub("", text))
    for written in having_class(tree, "review") + having_class(tree, "card-excerpt"):
        assert "hx-ignore" in written.attrib
        check_review(written)
        empty(written)
    for tags in having_class(tree, "tags"):
        for link in tags.iterdescendants("a"):
            (name,) = link
            assert (link.attrib.keys(), name.attrib.keys(), len(name)) == (["href"], [], 0)
            assert re.fullmatch(r"/tags/[^/]+/", link.get("href"))
        assert {child.tag for child in tags.iterdescendants()} == {"li", "a", "bdi"}
        tags.getparent().remove(tags)
    return [(str(each.tag), tuple(sorted(each.attrib))) for each in tree.iter()]


def having_class(tree: html.HtmlElement, name: str) -> list[html.HtmlElement]:
    return tree.xpath(f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")


def empty(element: html.HtmlElement) -> None:
    """Take everything out of an element."""
    for child in list(element):
        element.remove(child)


def parsed(text: str) -> html.HtmlElement:
    """Return what a browser would make of this as the content of an element."""
    return html.fragment_fromstring(text, create_parent="section")
