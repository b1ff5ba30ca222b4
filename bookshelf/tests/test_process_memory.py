"""A test begins with nothing that the process remembers of those before it."""

import ast
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from bookshelf.site_pages.page import Name, SitePage
from bookshelf.tests.process_memory import OURS, forget

FORGOTTEN = {
    "accounts/sessions/listed.py": {"_noted"},
    "bookshelf/recent_changes.py": {"_read"},
    "bookshelf/templatetags/site_pages.py": {"_last"},
}

STAYS = {
    "accounts/leaving/departures.py": {"_closing", "_removing", "_counting"},
    "accounts/leaving/exports.py": {"_parts", "_files"},
    "accounts/models/block.py": {"_ends"},
    "bookshelf/bounded_store.py": {"STORES"},
    "bookshelf/live_objects.py": {"_objects", "_personal", "_by_kind"},
    # By event loop, of which each test has its own.
    "bookshelf/doorbell.py": {"_bells"},
    "updater/shared_stream.py": {"_streams"},
    # The classes that are changed already.
    "updater/pings.py": {"_done"},
    # Set by who serves, and by the tests of it, which set it back.
    "bookshelf/database.py": {"_timeout"},
    "bookshelf/mail/sender.py": {"_sender"},
}
"""What is registered when modules are imported, and then what else is right to stay."""

CONTAINERS = {"set", "dict", "list", "deque", "OrderedDict", "WeakKeyDictionary", "WeakSet"}


def remembered(path: Path) -> set[str]:
    """Return the names of a module that functions assign to, or that begin as empty containers."""
    module = ast.parse(path.read_text())
    assigned = (node.names for node in ast.walk(module) if isinstance(node, ast.Global))
    names = {*chain.from_iterable(assigned)}
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and is_empty(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for each in targets if isinstance(each, ast.Name)}
    return names


def is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        called = value.func.id if isinstance(value.func, ast.Name) else ""
        return called in CONTAINERS and not value.args
    return ast.unparse(value) in ("[]", "{}")


def test_whatever_a_module_keeps_is_forgotten_or_right_to_stay():
    root = settings.BASE_DIR
    modules = [path for app in OURS for path in (root / app).rglob("*.py")]
    found = {
        str(path.relative_to(root)): names
        for path in modules
        if not {"tests", "migrations"} & {*path.parts} and (names := remembered(path))
    }

    assert found == FORGOTTEN | STAYS


@pytest.mark.django_db(transaction=True)
def test_a_page_of_the_site_is_forgotten_with_its_test():
    def foot() -> str:
        return Client().get("/").content.decode()

    SitePage.objects.all().delete()
    SitePage.objects.bulk_create([SitePage(name=Name.CONTACT, title="Zzleftover", text="Here.")])
    assert "Zzleftover" in foot()
    SitePage.objects.all().delete()
    forget()

    assert "Zzleftover" not in foot()
