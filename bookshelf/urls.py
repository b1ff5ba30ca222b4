"""Where everything is."""

from django.contrib import admin
from django.urls import include, path

from bookshelf import views

urlpatterns = [
    path("", include("posts.urls")),
    path("", include("updater.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", views.favicon),
]
