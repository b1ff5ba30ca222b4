"""A form that is being typed into, and the drafts that it leaves."""

import re

from posts.models import Draft

EMMA = {"title": "Emma", "book_author": "Jane Austen", "body": "She is wrong."}
HALF = {
    "title": "Em",
    "book_author": "",
    "body": "||half a",
    "rating": "3.3",
    "tags": "🎃,,",
}


def drawn(client, path="/posts/new/") -> dict[str, str]:
    """Return the hidden fields of a form that is drawn now, as a browser would send them."""
    text = client.get(path).content.decode()
    form = text[text.index('id="post-form"') :]
    names = ("submission", "continues", "version")
    found = {name: re.search(rf'name="{name}"(?: value="([^"]*)")?', form) for name in names}
    return {name: match[1] or "" for name, match in found.items() if match}


def types(client, fields, path="/drafts/keep/"):
    """Make a pause in typing."""
    return client.post(path, fields, headers={"HX-Request": "true"})


def drafts_of(user) -> list[str]:
    return sorted(Draft.objects.owned_by(user).values_list("body", flat=True))
