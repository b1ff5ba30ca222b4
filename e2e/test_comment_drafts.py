"""Stories of comments that are typed half-way: kept as drafts, and found again."""

from playwright.sync_api import Locator, Route, expect

from e2e.test_drafts import scripts_come_late


def comment_field(author, title: str) -> Locator:
    """Open the room of a new post, and return the field for a comment."""
    author.posts(title).title(title).get_by_role("link").click()
    field = author.page.get_by_label("Your comment")
    expect(field).to_be_visible()
    # The scripts are at work: the draft is saved by them.
    author.page.wait_for_load_state()
    return field


def test_a_comment_typed_before_the_scripts_had_loaded_is_kept_once_its_field_is_left(author):
    page, comment = author.page, comment_field(author, "Answered at once")
    with scripts_come_late(page):
        page.reload(wait_until="commit")
        comment.fill("A comment as soon.")

    with page.expect_response("**/comments/draft/") as answer:
        page.keyboard.press("Tab")

    assert answer.value.ok
    page.reload()
    expect(comment).to_have_value("A comment as soon.")


def test_a_comment_that_does_not_arrive_is_still_kept(author):
    page, comment = author.page, comment_field(author, "Said in vain")
    with page.expect_response("**/comments/draft/"):
        comment.fill("Not to be lost.")
    held: list[Route] = []
    page.route("**/comments/", lambda route: held.append(route))

    # The draft is saved once more when the field loses the focus, while the comment is being sent.
    with page.expect_response("**/comments/draft/") as answer:
        page.get_by_role("button", name="Say it").click()

    assert answer.value.status == 204
    assert len(held) == 1
    page.reload()
    expect(comment).to_have_value("Not to be lost.")
