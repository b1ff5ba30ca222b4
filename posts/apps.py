from django.apps import AppConfig

from accounts.signals import renamed


class PostsConfig(AppConfig):
    name = "posts"

    def ready(self) -> None:
        """Have the log hear of what happens to accounts."""
        from posts.names import record_new_name

        renamed.connect(record_new_name)
