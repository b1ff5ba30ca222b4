"""After a test that commits nothing is left but what `migrate` makes, always alike."""

import pytest
from django.apps import apps
from django.db import connection

from accounts.factories import UserFactory
from bookshelf.tests.emptying import SAME_FOR_ALL, empty_tables, statements
from posts.factories import commented, published


@pytest.mark.django_db(transaction=True)
def test_every_table_is_emptied_however_its_rows_hang_together():
    post, _ = published(author=UserFactory())
    reply = commented(post, author=UserFactory())
    commented(post, author=UserFactory(), parent=reply)

    empty_tables(None)

    assert len(statements()) > 20
    for model in apps.get_models():
        table = model._meta.db_table
        if table not in SAME_FOR_ALL and table in connection.introspection.table_names():
            assert not model._default_manager.exists(), table
