from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PostsConfig(AppConfig):
    name = "posts"

    def ready(self) -> None:
        """Have `migrate` write what it cannot: it knows of the models no more than their tables."""
        from posts.reindexing import after_migrate

        post_migrate.connect(after_migrate, sender=self)
