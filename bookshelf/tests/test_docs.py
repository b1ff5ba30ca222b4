"""The documentation names only what exists: files, folders, headings, modules and their members."""

import importlib.util
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
FOLDERS = "accounts|bench|bookshelf|deploy|docs|e2e|posts|script|static|templates|updater"
APPS = "accounts|bench|bookshelf|e2e|posts|updater"

FENCE = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./@*-]*\w/?")
MODULE = re.compile(rf"`((?:{APPS})(?!\.(?:conf|css|env|W\d+)\b)(?:\.\w+)+)[`(]")
COMMAND = re.compile(rf"python -m ((?:{APPS})(?:\.\w+)*)")


def anchors(text: str) -> set[str]:
    """Return what the headings of a page can be linked by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page whose file or heading does not exist."""
    broken = []
    for target, anchor in LINK.findall(page.read_text()):
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text())):
            broken.append(f"{target}#{anchor}")
    return broken


def missing_paths(text: str) -> list[str]:
    """Return the paths in a text that match nothing; `*` stands for any name."""
    return [path for path in PATH.findall(text) if not any(ROOT.glob(path.rstrip("/")))]


def missing_modules(text: str) -> list[str]:
    """Return the dotted names in a text that are no module, and no member of one."""
    names = {*MODULE.findall(text), *COMMAND.findall(text)}
    return sorted(name for name in names if not is_defined(name))


def is_defined(name: str) -> bool:
    """Return whether a dotted name is a module, or is defined in the source of one."""
    module, _, member = name.rpartition(".")
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        # What stands before the last dot is no package.
        spec = None
    if spec is not None:
        return True
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    if not source.exists():
        return False
    definition = rf"^ *(?:class |def |async def )?{member}\b"
    return re.search(definition, source.read_text(), re.MULTILINE) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page):
    assert missing_paths(page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_is_named_exists(page):
    assert missing_modules(page.read_text()) == []


# --- The table of requirements in docs/security.md ---

ROW = re.compile(
    r"^\| (?!ASVS|---|header|Content|Strict|Permissions|Cross|X-)(.+) \|$", re.MULTILINE
)
TEST = re.compile(r"`([\w/]+\.py)(?:::(\w+))?`")


def requirements() -> list[list[str]]:
    """Return the rows of the first table: number, requirement, what we do, test."""
    table = (ROOT / "docs/security.md").read_text().partition("\n## ")[0]
    return [[cell.strip() for cell in row.split("|")] for row in ROW.findall(table)]


def test_each_requirement_names_a_test():
    rows = requirements()

    assert len(rows) > 40
    assert [row for row in rows if len(row) != 4] == []
    assert [row for row in rows if not TEST.search(row[3])] == []


def test_each_test_that_a_requirement_names_exists():
    named = {test for row in requirements() for test in TEST.findall(row[3])}
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists()
        or not re.search(rf"^(?:async )?def {name or 'test_'}", (ROOT / file).read_text(), re.M)
    ]

    assert missing == []
    assert len(named) > 40


def test_the_search_finds_what_is_missing(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading\n[a](#one-heading) [b](#another) [c](nowhere.md) [d](https://example.org/)\n"
        "`posts/live.py` updater/stream.py `templates/*/_like.html` bench/nothing/\n"
        "`bookshelf.log` `bookshelf.trouble` `bookshelf.log.record()` `bookshelf.log.nothing`\n"
        "`python -m bench.nothing --short`\n"
    )
    text = page.read_text()

    assert broken_links(page) == ["#another", "nowhere.md#"]
    assert missing_paths(text) == ["posts/live.py", "bench/nothing/"]
    assert missing_modules(text) == ["bench.nothing", "bookshelf.log.nothing", "bookshelf.trouble"]
