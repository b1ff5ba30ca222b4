"""Stories of covers: a picture is chosen, kept over a mistake, seen, changed and taken off."""

import io

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect


def picture(colour: str, size: tuple[int, int] = (700, 1050)) -> bytes:
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).ellipse([size[0] // 4, 200, size[0] * 3 // 4, 600], "ivory")
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def chooses(someone, data: bytes, name: str = "cover.jpg", mime: str = "image/jpeg") -> None:
    file = {"name": name, "mimeType": mime, "buffer": data}
    someone.page.get_by_label("Picture of the cover").set_input_files(file)


def cover_of(someone, title: str) -> Locator:
    return someone.page.locator("#posts article", has=someone.title(title)).locator("img")


def is_loaded(image: Locator) -> None:
    """Wait until the picture has loaded."""
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("image => image.naturalWidth") > 0


def test_a_picture_arrives_with_its_post_and_changes_where_it_stands(author, visitor):
    reader = visitor().reads()
    author.goes_to("/posts/new/")
    author.fills("Pictured")
    chooses(author, picture("darkred"))
    author.page.get_by_role("button", name="Post it").click()
    author.sees("Pictured")
    is_loaded(cover_of(author, "Pictured"))

    reader.sees("Pictured")
    is_loaded(cover_of(reader, "Pictured"))
    first = cover_of(reader, "Pictured").get_attribute("src")

    author.title("Pictured").get_by_role("link").click()
    author.page.get_by_role("link", name="Edit", exact=True).click()
    is_loaded(author.page.locator(".cover-chosen img"))
    chooses(author, picture("navy", (500, 500)), "other.png")
    author.page.get_by_role("button", name="Save").click()
    is_loaded(author.page.locator(".room img"))

    expect(cover_of(reader, "Pictured")).not_to_have_attribute("src", first)
    is_loaded(cover_of(reader, "Pictured"))
    assert reader.page.request.get(first).status == 404

    author.page.get_by_role("link", name="Edit", exact=True).click()
    author.page.get_by_label("Bind it in cloth").check()
    author.page.get_by_role("button", name="Save").click()
    expect(author.page.locator(".room .cover-stamp")).to_be_visible()

    expect(cover_of(reader, "Pictured")).to_have_count(0)
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


@pytest.mark.parametrize("script", [True, False])
def test_a_picture_is_kept_over_a_mistake_and_a_wrong_file_explained(visitor, script):
    title = f"Kept {'with' if script else 'without'} a script"
    someone = visitor(java_script_enabled=script).signs_up(f"keeper{script}")
    someone.goes_to("/posts/new/")
    someone.fills("")
    chooses(someone, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cover.svg", "image/svg+xml")
    someone.page.get_by_role("button", name="Post it").click()
    expect(someone.page.get_by_text("not a picture that we can read")).to_be_visible()
    expect(someone.page.get_by_label("Your review")).to_have_value("Worth it.")

    chooses(someone, picture("darkgreen"))
    someone.page.get_by_role("button", name="Post it").click()
    expect(someone.page.get_by_text("This picture is kept with the form")).to_be_visible()
    expect(someone.page.get_by_text("not a picture that we can read")).to_have_count(0)
    expect(someone.page.locator(".cover-chosen img")).to_be_visible()

    someone.page.get_by_label("Title of the book").fill(title)
    someone.page.get_by_role("button", name="Post it").click()
    someone.sees(title)
    expect(cover_of(someone, title)).to_be_visible()


def test_a_picture_that_is_much_too_large_keeps_the_form(author, tmp_path):
    author.goes_to("/posts/new/")
    author.fills("Too large")
    # As a file: through the browser's driver so much takes its time.
    large = tmp_path / "large.jpg"
    large.write_bytes(picture("teal") + b"\0" * 30_000_000)
    author.page.get_by_label("Picture of the cover").set_input_files(large)
    author.page.get_by_role("button", name="Post it").click()

    expect(author.page.get_by_text("larger than 8 MB")).to_be_visible()
    expect(author.page.get_by_label("Title of the book")).to_have_value("Too large")
