"""BookShelf's settings, but for passwords that are quick to check, and another htmx where named.

A password takes a second of a busy core by design, and most people in the stories sign up first.
"""

import os

from bookshelf.settings import *  # noqa: F403
from bookshelf.settings import STATICFILES_DIRS as OURS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A folder that e2e/htmx.py has filled: its files come before django-htmx's.
STATICFILES_DIRS = [*filter(None, [os.environ.get("HTMX_DIR")]), *OURS]
