"""The fields of all models that refer to a user: what an account consists of."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from accounts.models import User

Reference = models.ForeignKey[models.Model, models.Model]


def name_of(field: Reference) -> str:
    """Return a reference as texts and registers name it: "posts.Post.author"."""
    return f"{field.model._meta.label}.{field.name}"


def references_to_users() -> Iterator[Reference]:
    """Go through the foreign keys of all installed models that refer to a user.

    Also those of the tables behind many-to-many fields.
    """
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is User:
                yield field
