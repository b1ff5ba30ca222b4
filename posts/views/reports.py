"""Report a post, a comment or a person to the moderators."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.limits import limited
from accounts.models import User
from accounts.requests import SignedInRequest
from accounts.signing_in import kept_fields, login_required_keeping_post
from accounts.standing import good_standing
from posts.forms.moderation import ReportForm
from posts.models import Comment, Post, Report
from posts.views.reader_names import in_any_case

THANKS = _("Thank you. A moderator will look at it.")
OWN = _("This is yours: you can edit or remove it.")


@require_http_methods(["GET", "HEAD", "POST"])
@limited("report")
@login_required_keeping_post(ReportForm)
@good_standing
def report_post(request: SignedInRequest, pk: int) -> HttpResponse:
    """Report a post."""
    post = get_object_or_404(Post.objects.visible().select_related("author"), pk=pk)
    what = gettext("“%(title)s”") % {"title": post.title}
    return _report(request, post, what, post.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
@limited("report")
@login_required_keeping_post(ReportForm)
@good_standing
def report_comment(request: SignedInRequest, pk: int, comment_pk: int) -> HttpResponse:
    """Report a comment."""
    comments = Comment.objects.visible().filter(post__removed_at=None)
    comment = get_object_or_404(
        comments.select_related("author", "post"), pk=comment_pk, post_id=pk
    )
    what = gettext("the comment of %(name)s") % {"name": comment.author.display_name}
    return _report(request, comment, what, comment.get_absolute_url())


@in_any_case
@require_http_methods(["GET", "HEAD", "POST"])
@limited("report")
@login_required_keeping_post(ReportForm)
@good_standing
def report_person(request: SignedInRequest, username: str) -> HttpResponse:
    """Report a person: their name, what they say about themselves, or all that they do."""
    person = get_object_or_404(User.objects.present(), username=username)
    back = reverse("posts:author", args=[person.username])
    return _report(request, person, person.display_name, back)


def _report(
    request: SignedInRequest, target: Post | Comment | User, what: str, back: str
) -> HttpResponse:
    person = target if isinstance(target, User) else target.author
    if person.pk == request.user.pk:
        messages.info(request, OWN)
        return redirect(back)
    form = ReportForm(request.POST or None, initial=kept_fields(request))
    if request.method == "POST" and form.is_valid():
        post_id, comment_id = (None, None) if isinstance(target, User) else target.subject
        Report.objects.file(
            request.user,
            form.cleaned_data["reason"],
            form.cleaned_data["text"],
            person=person,
            post_id=post_id,
            comment_id=comment_id,
        )
        messages.success(request, THANKS)
        return redirect(back)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    ctx = {"form": form, "what": what, "back": back}
    return render(request, "moderation/report.html", ctx, status=status)
