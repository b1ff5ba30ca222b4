from django.urls import path

from updater import views

app_name = "updater"
urlpatterns = [
    path("changes/", views.changes, name="changes"),
    path("changes/reconnecting/", views.reconnecting, name="reconnecting"),
]
