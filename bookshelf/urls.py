"""Where everything is."""

from django.contrib import admin
from django.urls import include, path

from bookshelf import views
from bookshelf.site_pages.page import Name
from bookshelf.site_pages.views import site_page

urlpatterns = [
    path("", include("posts.urls")),
    path("", include("posts.moderation_urls")),
    path("", include("updater.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.allauth_urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", views.favicon),
    path("unsent/", views.unsent, name="unsent"),
    *(path(f"{name}/", site_page, {"name": name}, name=name) for name in Name.values),
]

# The answer of allauth's limits.
handler429 = "accounts.limits.too_many"
