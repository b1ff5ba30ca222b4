"""What pages show to moderators alone."""

from django import template

from posts.models import Appeal, Report

register = template.Library()


@register.inclusion_tag("moderation/_queue_link.html")
def queue_link() -> dict[str, int]:
    """Render the way to the queue, with the number of things that wait for an answer."""
    reported = Report.objects.open().values("target").distinct().count()
    return {"waiting": reported + Appeal.objects.open().count()}
