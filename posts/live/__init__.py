"""What is live: a module for each thing. Importing them registers them."""

from posts.live import author, bell, comment, name, pin, post, title

__all__ = ["author", "bell", "comment", "name", "pin", "post", "title"]
