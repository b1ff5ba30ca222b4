"""BookShelf's settings, but for passwords that are quick to check.

A password takes a second of a busy core by design, and most people in the stories sign up first.
"""

from bookshelf.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
