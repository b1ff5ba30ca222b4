"""An open page, as far as frames go: what htmx 4 does with `hx-upsert` and `hx-partial`."""

import copy
import re

from lxml import html


class Page:
    """Holds a page's HTML, and applies frames to it as htmx does (hx-swap="none")."""

    def __init__(self, text: str) -> None:
        self.tree = html.fromstring(text)
        self.was_reset = False
        self.seen: list[int] = []

    @property
    def cursor(self) -> str:
        return self.tree.xpath("//input[@id='cursor']/@value")[0]

    @cursor.setter
    def cursor(self, value: str) -> None:
        self.tree.xpath("//input[@id='cursor']")[0].set("value", value)

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self.tree.xpath("//*[@id='live']/input[@name='topic']/@value"))

    @property
    def posts(self) -> list[tuple[str, str]]:
        """The articles shown, in order: id and all of their HTML.

        What was sorted in below the end of a page of the list is not shown (history.css).
        """
        shown = self.tree.xpath("//article[not(preceding-sibling::*[@class='list-end'])]")
        return [(post.get("id"), canonical(post)) for post in shown]

    @property
    def bell(self) -> str:
        """What is unread; "" for nothing, and for guests."""
        path = "//*[@id='bell']//*[@class='bell-count']/text()"
        return "".join(self.tree.xpath(path)).strip()

    @property
    def heading(self) -> str:
        """What the page is called; the name of the author on theirs."""
        return "".join(self.tree.xpath("//main//h1[1]//text()")).strip()

    @property
    def about(self) -> str:
        """What authors say about themselves on their page."""
        return "".join(self.tree.xpath("//p[@class='about']//text()")).strip()

    @property
    def pinned(self) -> list[str]:
        """What stands on top of the front page."""
        return [canonical(each) for each in self.tree.xpath("//section[@class='pinned']")]

    @property
    def counts(self) -> list[str]:
        """What is counted of each post shown."""
        shown = self.tree.xpath(
            "//p[@class='counts'][not(ancestor::article/preceding-sibling::hr)]"
        )
        return [canonical(each) for each in shown if not self.removed]

    @property
    def comments(self) -> list[str]:
        """The conversation shown: all HTML of each opening comment with its replies."""
        path = "//ol[@id='comments']/li"
        return [] if self.removed else [canonical(each) for each in self.tree.xpath(path)]

    @property
    def closed(self) -> bool:
        """Whether this says that its room is closed."""
        return not self.removed and bool(self.tree.xpath("//div[@class='room-closed']/p"))

    @property
    def quotes(self) -> list[str]:
        """The quotes of the tests' own page."""
        return [canonical(each) for each in self.tree.xpath("//ul[@id='quotes']/li")]

    @property
    def removed(self) -> bool:
        """Whether this says that its post has been removed."""
        return "has been removed" in self.tree.text_content()

    @property
    def titles(self) -> list[str]:
        return [t.strip() for t in self.tree.xpath("//article//*[contains(@id, '-title')]//text()")]

    @property
    def title(self) -> str:
        """The title of the tab."""
        (title,) = self.tree.xpath("//head/title")
        return "".join(title.xpath("text()")).strip()

    @property
    def new(self) -> int:
        """How many posts or comments it says are new."""
        return len(self.tree.xpath("//*[@id='arrivals']/*[contains(@class, 'new ')]"))

    @property
    def status(self) -> str:
        """What the header says of the connection, in the language of the site."""
        shown = "//*[@id='conn']//text()[not(ancestor::*[@class='in'][@hidden])]"
        return "".join(self.tree.xpath(shown)).strip()

    def apply(self, frame: str) -> None:
        root = html.fragment_fromstring(frame, create_parent="div")
        # htmx looks all targets up before it swaps any.
        work = [(each, target) for each in root for target in self._all(each.get("hx-target"))]
        for element, target in work:
            if element.tag == "hx-upsert":
                self._upsert(target, element)
            elif element.get("hx-swap") == "delete":
                # Another partial may have deleted it before.
                if target.getparent() is not None:
                    target.getparent().remove(target)
            elif element.get("hx-swap") == "outerMorph":
                # The node stays the same one: another partial may have found it, too. And another
                # node may get a copy of the same.
                (new,), tail = copy.deepcopy(element), target.tail
                target.clear()
                target.text, target.tail, target[:] = new.text, tail, list(new)
                target.attrib.update(new.attrib)
            elif element.get("hx-swap") == "afterbegin":
                title = target.text
                target.text = element.text
                target[:] = [copy.deepcopy(each) for each in element]
                target[-1].tail = title
            elif element.get("hx-swap") == "innerHTML":
                target.text = element.text
                target[:] = [copy.deepcopy(each) for each in element]
            elif element.get("hx-swap") == "innerMorph":
                self.was_reset |= bool(element.xpath(".//*[@hx-get='']"))
                target.text = element.text
                target[:] = list(element)
            else:
                raise AssertionError(f"a frame that no page understands: {frame}")

    def _all(self, selector: str) -> list:
        if selector == "title:not(:has(i))":
            return self.tree.xpath("//title[not(i)]")
        assert re.fullmatch(r"[#.][\w-]+", selector), selector
        if selector[0] == "#":
            return self.tree.xpath(f"//*[@id='{selector[1:]}']")[:1]
        return self.tree.xpath(f"//*[contains(concat(' ', @class, ' '), ' {selector[1:]} ')]")

    def _find(self, selector: str):
        return next(iter(self._all(selector)), None)

    def _upsert(self, target, element) -> None:
        for new in list(element):
            if new.tag == "article":
                self.seen.append(int(new.get("data-id")))
            existing = self._find("#" + new.get("id"))
            if existing is not None:
                existing.getparent().replace(existing, new)
                continue
            sign = -1 if element.get("sort") == "desc" else 1
            key = sign * float(new.get("data-id"))
            for place, child in enumerate(target):
                if key < sign * float(child.get("data-id")):
                    target.insert(place, new)
                    break
            else:
                target.append(new)


def canonical(element) -> str:
    """The element's HTML without regard to white space between tags."""
    text = html.tostring(element, encoding="unicode", with_tail=False)
    return re.sub(r"\s+", " ", re.sub(r">\s+|\s+<", lambda m: m[0].strip(), text))
