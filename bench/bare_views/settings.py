"""BookShelf's settings, with bare views: behind the same middleware, or with BARE behind none."""

import os

from bookshelf.settings import *  # noqa: F403
from bookshelf.settings import INSTALLED_APPS as APPS
from bookshelf.settings import MIDDLEWARE as OURS

ROOT_URLCONF = "bench.bare_views.urls"
MIDDLEWARE, INSTALLED_APPS = ([], []) if os.environ.get("BARE") else (OURS, APPS)
