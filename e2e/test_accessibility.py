"""axe-core finds nothing on any page, in light and dark, wide and narrow."""

import os
import re
import sys
from collections.abc import Iterator

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from e2e.conftest import Visitor
from e2e.npm import unpacked
from e2e.processes import ServiceMissing

LOOKS = [
    (scheme, width) for scheme in ("light", "dark") for width in (1440, 390)
]  # fmt: skip

FIND = """async () => {
    await document.fonts.ready;
    const {violations} = await axe.run(document, {resultTypes: ["violations"]});
    return violations.map(({id, nodes}) => `${id}: ${nodes.map(({target}) => target).join("; ")}`);
}"""

# Pages of others, and addresses that do something when they are opened.
LEFT_OUT = re.compile(r"^(admin:|posts:.*feed|mfa_download)")

PROMOTE = (
    "from accounts.models import User;"
    "User.objects.filter(username='librarian').update(is_superuser=1, is_staff=1)"
)

# Addresses that no page links to, or only at times.
SEEDS = [
    "/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/logout/",
    "/accounts/sign-in-again/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/3rdparty/",
    "/readers/librarian/shelf/",
    "/posts/1/comments/1/replies/",
    "/standing/",
    "/nowhere/",
]


@pytest.fixture(scope="module")
def axe() -> Iterator[str]:
    """The source of axe-core, as npm has it. Without npm the test is skipped, except in CI."""
    try:
        with unpacked("axe-core@4") as (_, package):
            yield (package / "axe.min.js").read_text()
    except ServiceMissing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("npm is not installed")


def view_at(path: str) -> str | None:
    """The name of the view at this address; None for none of ours."""
    try:
        return resolve(path.partition("?")[0].partition("#")[0]).view_name
    except Resolver404:
        return "nowhere" if path == "/nowhere/" else None


def pages(someone: Visitor) -> Iterator[tuple[str, Page]]:
    """Walk over all links, and be on one page of each view."""
    waiting, seen = [*SEEDS], set[str]()
    while waiting:
        path = waiting.pop(0)
        view = view_at(path)
        if view is None or view in seen or LEFT_OUT.search(view):
            continue
        seen.add(view)
        answer = someone.page.goto(path)
        if "text/html" not in (answer.headers.get("content-type") or ""):
            continue
        links = someone.page.locator("a[href^='/'], a[href^='?'], a[href^='#']")
        waiting += links.evaluate_all("links => links.map(each => each.pathname + each.search)")
        yield view, someone.page


def faults_of(page: Page, axe: str) -> Iterator[str]:
    """What axe finds on this page, in each look."""
    page.evaluate(axe)
    for element in page.locator("details").all():
        element.evaluate("details => { details.open = true; }")
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        for fault in page.evaluate(FIND):
            yield f"{scheme}, {width} px: {fault}"


@pytest.fixture
def shelf(visitor, server) -> dict[str, Visitor]:
    """Somebody of each role, and something on every page."""
    ana, ben = visitor(quiet=False).signs_up("librarian"), visitor().signs_up("benjamin")
    server.run_beforehand([sys.executable, "manage.py", "shell", "-v0", "-c", PROMOTE])
    ben.writes("Persuasion", body="Half agony. " * 40 + "||Spoiler||", tags="sea, letters")
    ben.writes("Persuasion", body="Again.")
    ana.writes("Emma", body="> Wrong.\n\n- And\n- often", tags="letters")
    post = re.search(
        r"/posts/\d+/", ana.goes_to("/tags/sea/").page.locator("h2 a").get_attribute("href")
    )[0]
    ana.sends(f"{post}comments/", body="# Indeed\n\n@benjamin. ||She||")
    comment = re.search(
        r"comment-(\d+)", ana.goes_to(post).page.locator(".comment").get_attribute("id")
    )[1]
    ben.sends(f"{post}comments/", body="Well.", parent=comment)
    ben.sends(
        f"{post}edit/",
        title="Persuasion",
        book_author="Jane Austen",
        body="# Half hope\n\nAnd ||half||.\n\n## Agony\n\nYes.",
        version="1",
    )
    for who in (ana, ben):
        who.sends(f"{post}like/", liked="1")
        who.sends(f"/shelf/{post.strip('/')}/", state="want")
    ana.sends(f"/pinned/{post.strip('/')}/", pinned="1")
    ana.sends(f"/key/{post.strip('/')}/", key="1")
    ana.sends("/posts/new/", title="Kept", book_author="Somebody", body="Kept.", keep="1")
    ana.sends("/shelf/public/", public="1")
    ben.sends(f"/report{post}", reason="spam", text="Look.")
    return {"guest": visitor(quiet=False), "librarian": ana}


def test_axe_finds_nothing_on_any_page(shelf, axe):
    faults, walked = [], set()
    for role, someone in shelf.items():
        for view, page in pages(someone):
            walked.add(view)
            faults += [f"{view}, {role}: {fault}" for fault in faults_of(page, axe)]

    assert "\n".join(faults) == ""
    assert len(walked) > 50
