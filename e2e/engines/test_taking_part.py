"""Stories of members, in three engines: signing in, writing, answering, liking."""

from e2e.engines.people import PASSWORD


def test_somebody_joins_signs_out_and_signs_in(visit, browser):
    guest = visit("/accounts/signup/")
    name = f"newcomer-{browser.name}"
    guest.fill("[name=username]", name)
    guest.fill("[name=password1]", PASSWORD)
    guest.fill("[name=password2]", PASSWORD)
    guest.click("main form button")
    guest.sees(".nav-name", name)

    guest.open("/accounts/logout/")
    guest.click("main form button")
    guest.sees(".site-nav a", "Sign in")
    guest.click(".site-nav a", "Sign in")
    guest.sees("[name=login]")
    guest.fill("[name=login]", name)
    guest.fill("[name=password]", PASSWORD)
    guest.press("Enter")
    guest.sees(".nav-name", name)


def test_a_post_is_written_with_preview_and_draft(visit, join):
    writer = visit("/posts/new/", member=join())
    writer.fill("[name=title]", "Middlemarch")
    writer.fill("[name=book_author]", "George Eliot")
    writer.fill("[name=body]", "It is *long*, and ||she marries him||.")

    writer.sees("#preview em", "long")
    writer.sees("#draft-status", "Draft kept")
    assert writer.has_focus("[name=body]")
    assert writer.value("[name=body]") == "It is *long*, and ||she marries him||."
    assert not writer.evaluate(
        "() => document.querySelector('#preview').innerText.includes('marries')"
    )

    # The draft holds all of it, once the last pause has been kept.
    other = writer.second_tab()
    other.open("/posts/new/")
    other.sees(".draft", "Middlemarch")
    other.close()
    writer.click("#post-form button", "Post it")
    writer.sees("#posts h2", "Middlemarch")
    writer.open("/drafts/")
    assert not writer.count(".draft")


def test_what_is_missing_is_marked_and_nothing_typed_is_lost(visit, join):
    writer = visit("/posts/new/", member=join())
    writer.fill("[name=body]", "A long and careful review.")
    writer.click("#post-form button", "Post it")

    writer.sees("#post-form .error", "Which book is it?")
    assert writer.value("[name=body]") == "A long and careful review."
    writer.fill("[name=title]", "Lady Susan")
    writer.fill("[name=book_author]", "Jane Austen")
    writer.click("#post-form button", "Post it")
    writer.sees("#posts h2", "Lady Susan")


def test_an_author_removes_a_post_and_takes_it_back(visit, join):
    writer = join()
    post = writer.writes("Taken back")
    tab = visit(f"/posts/{post}/", member=writer)

    tab.click(".actions summary", "Remove")
    tab.click(".actions button", "Remove this post")
    tab.sees(".undo", "You removed")
    assert not tab.count(f"#posts > #post-{post}")
    tab.click(".undo button", "Undo")
    tab.sees("h1, h2", "Taken back")


def test_a_comment_and_a_reply_are_sent_while_others_arrive(visit, author, join):
    post = author.writes("A talkative room")
    author.says(post, "A first word.")
    talker = visit(f"/posts/{post}/", member=join())

    talker.fill("#comment-form-body", "What I always meant to say")
    talker.press("Home")
    author.says(post, "Meanwhile somebody else speaks.")
    talker.sees(".comment", "Meanwhile somebody else speaks.")
    assert talker.has_focus("#comment-form-body")
    assert talker.value("#comment-form-body") == "What I always meant to say"
    assert talker.evaluate("() => document.activeElement.selectionStart") == 0
    talker.click("#comment-form button")
    talker.sees(".comment", "What I always meant to say")
    talker.wait_until(lambda: not talker.value("#comment-form-body"), "an empty field")
    talker.is_live()

    talker.click(".comment-foot a", "Reply")
    talker.sees(".reply-slot form")
    talker.fill(".reply-slot textarea", "Skip the")
    author.says(post, "And on it goes.")
    talker.sees(".comment", "And on it goes.")
    assert talker.has_focus(".reply-slot textarea")
    talker.press("End")
    talker.type(" prelude.")
    talker.click(".reply-slot button", "Reply")
    talker.sees(".replies .comment", "Skip the prelude.")


def test_a_like_shows_at_once_and_on_every_open_page(visit, author, join):
    post = author.writes("Well liked")
    room = visit(f"/posts/{post}/", member=join())
    lists = room.second_tab()
    lists.open("/").is_live()

    room.click(".post-foot .heart")

    room.wait_until(lambda: room.attribute(".post-foot .heart", "aria-pressed") == "true", "liked")
    lists.sees(f"#post-{post}", "1 like")
    room.click(".post-foot .heart")
    room.wait_until(lambda: room.attribute(".post-foot .heart", "aria-pressed") == "false", "not")
    lists.wait_until(lambda: not lists.is_visible(f"#post-{post}", "1 like"), "no like")


def test_a_book_is_put_on_the_shelf_and_found_there(visit, author, join):
    post = author.writes("For my shelf")
    reader = visit("/", member=join())

    reader.click(f"#post-{post}-shelf summary")
    reader.click(f"#post-{post}-shelf button", "Reading")
    reader.sees(f"#post-{post}-shelf summary", "Reading")

    reader.click(".nav-shelf")
    reader.is_at("/shelf/")
    reader.sees("#main", "For my shelf")


def test_notifications_are_counted_in_every_tab_until_they_are_read(visit, author, join):
    writer = join()
    post = writer.writes("Answered")
    first = visit("/", member=writer)
    second = first.second_tab()
    second.open(f"/posts/{post}/").is_live()
    assert not first.count("#bell .bell-count")

    author.says(post, "Well said.")
    for tab in (first, second):
        tab.wait_until(lambda tab=tab: "1" in tab.text("#bell"), "a notification")

    second.click("#bell")
    second.sees(".notice", "commented on")
    second.click("button", "Mark all as read")
    for tab in (first, second):
        tab.wait_until(lambda tab=tab: "1" not in tab.text("#bell"), "none")
