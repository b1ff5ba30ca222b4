"""Where everything is."""

from django.contrib import admin
from django.urls import include, path

from bookshelf import views

urlpatterns = [
    path("", include("posts.urls")),
    path("", include("posts.moderation_urls")),
    path("", include("updater.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.allauth_urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", views.favicon),
    path("unsent/", views.unsent, name="unsent"),
]

# The answer of allauth's limits.
handler429 = "accounts.limits.too_many"
