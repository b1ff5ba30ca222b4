from django.urls import path

from accounts import inviting, themes, views
from accounts.leaving import export_views
from accounts.leaving import views as leaving_views
from accounts.profile import avatar_views
from accounts.security import views as security_views

app_name = "accounts"
urlpatterns = [
    path("settings/", views.account_settings, name="settings"),
    path("sign-in-again/", security_views.sign_in_again, name="sign_in_again"),
    path("theme/", themes.choose_theme, name="theme"),
    path("picture/", avatar_views.picture, name="picture"),
    path("export/", export_views.export, name="export"),
    path("delete/", leaving_views.leave_for_good, name="delete"),
    path("invitations/", inviting.invitation_list, name="invitations"),
    path(
        "invitations/<id:pk>/take-back/", inviting.invitation_take_back, name="invitation_take_back"
    ),
    path("invitations/<str:token>/", inviting.invitation, name="invitation"),
]
