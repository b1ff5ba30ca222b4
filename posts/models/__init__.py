from posts.log import Change, ChangeCounter
from posts.models.post import Post
from posts.models.tag import Tag

__all__ = ["Change", "ChangeCounter", "Post", "Tag"]
