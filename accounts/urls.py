from django.urls import path

from accounts import avatar_views, export_views, inviting, leaving_views, security_views, views

app_name = "accounts"
urlpatterns = [
    path("settings/", views.account_settings, name="settings"),
    path("sign-in-again/", security_views.sign_in_again, name="sign_in_again"),
    path("picture/", avatar_views.picture, name="picture"),
    path("export/", export_views.export, name="export"),
    path("delete/", leaving_views.leave_for_good, name="delete"),
    path("invitations/", inviting.invitation_list, name="invitations"),
    path(
        "invitations/<id:pk>/take-back/", inviting.invitation_take_back, name="invitation_take_back"
    ),
    path("invitations/<str:token>/", inviting.invitation, name="invitation"),
]
