"""The view, and the model of its table."""

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path


class Row(models.Model):
    """What is inserted."""

    user_id = models.BigIntegerField(null=True)
    liked = models.TextField()

    class Meta:
        app_label = "bench"
        db_table = "bench_row"
        managed = False

    def __str__(self) -> str:
        return self.liked


def insert(request: HttpRequest) -> HttpResponse:
    """Insert what was sent, as the user's if there is one. One statement, one commit."""
    user = getattr(request, "user", None)
    Row(user_id=user and user.pk, liked=request.POST["liked"]).save()
    return HttpResponse(status=204)


urlpatterns = [path("row/", insert)]
