"""Stories of people: a picture arrives where its reader is seen, and an account ends for good."""

import re

from playwright.sync_api import expect

from e2e.test_covers import is_loaded, picture

PASSWORD = "a very quiet room"


def test_a_picture_arrives_beside_the_name(visitor, author):
    author.posts("Portrait of a Lady")
    reader = visitor().reads()
    reader.sees("Portrait of a Lady")
    post = reader.page.locator("#posts article", has=reader.title("Portrait of a Lady"))
    expect(post.locator(".avatar > img")).to_have_count(0)

    author.goes_to("/accounts/picture/")
    file = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture("darkgreen", (640, 480))}
    author.page.get_by_label("Another picture").set_input_files(file)
    author.page.get_by_role("button", name="Use it").click()

    expect(author.page.get_by_text("This is your picture now.")).to_be_visible()
    is_loaded(author.page.locator(".avatar-now .avatar--large img"))
    is_loaded(post.locator(".avatar > img"))
    first = post.locator(".avatar > img").get_attribute("src")
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()

    author.page.get_by_role("button", name="Remove my picture").click()

    expect(post.locator(".avatar > img")).to_have_count(0)
    assert reader.page.request.get(first).status == 404
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()


def test_somebody_leaves_while_a_reader_watches(visitor):
    leaver = visitor().signs_up("leaver")
    leaver.posts("The Long Goodbye")
    host = visitor().signs_up("host")
    host.posts("The Guest")
    leaver.reads()
    leaver.title("The Guest").get_by_role("link").click()
    leaver.page.get_by_label("Your comment").fill("I was here.")
    leaver.page.get_by_role("button", name="Say it").click()
    expect(leaver.page.get_by_text("I was here.")).to_be_visible()
    reader, room = visitor().reads(), visitor().reads()
    room.title("The Guest").get_by_role("link").click()
    expect(room.page.get_by_text("I was here.")).to_be_visible()

    leaver.goes_to("/accounts/delete/")
    expect(leaver.page.get_by_text("1 post")).to_be_visible()
    leaver.page.get_by_label("Remove everything I wrote").check()
    leaver.page.get_by_role("button", name="Delete my account for good").click()
    leaver.page.get_by_label("Password").fill(PASSWORD)
    leaver.page.get_by_role("button", name="Go on").click()

    expect(leaver.page.get_by_text("Your account has been deleted.")).to_be_visible()
    expect(leaver.page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
    reader.does_not_see("The Long Goodbye")
    reader.sees("The Guest")
    expect(room.page.get_by_text("I was here.")).to_have_count(0)
    reader.has_not_reloaded()
    reader.sees_what_a_fresh_load_shows()
    leaver.goes_to("/accounts/login/")
    leaver.page.get_by_label(re.compile("username", re.I)).fill("leaver")
    leaver.page.get_by_label("Password").fill(PASSWORD)
    leaver.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(leaver.page.locator(".error")).to_be_visible()
