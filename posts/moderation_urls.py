"""Reports, the pages of moderators, and those on which people appeal."""

from django.urls import path

from posts.views import appeals, moderation, reports

app_name = "moderation"
urlpatterns = [
    path("report/posts/<id:pk>/", reports.report_post, name="report_post"),
    path(
        "report/posts/<id:pk>/comments/<id:comment_pk>/",
        reports.report_comment,
        name="report_comment",
    ),
    path("report/readers/<word:username>/", reports.report_person, name="report_person"),
    path("moderation/", moderation.queue, name="queue"),
    path("moderation/actions/", moderation.actions, name="actions"),
    path("moderation/posts/<id:pk>/", moderation.moderate_post, name="post"),
    path("moderation/comments/<id:pk>/", moderation.moderate_comment, name="comment"),
    path("moderation/readers/<id:pk>/", moderation.moderate_person, name="person"),
    path("moderation/readers/<id:pk>/purge/", moderation.purge_person, name="purge"),
    path("moderation/appeals/", appeals.appeal_list, name="appeals"),
    path("moderation/appeals/<id:pk>/", appeals.appeal_answer, name="answer"),
    path("standing/", appeals.standing, name="standing"),
    path("standing/<id:pk>/", appeals.notice, name="notice"),
    path("standing/banned/<word:token>/", appeals.banned, name="banned"),
]
