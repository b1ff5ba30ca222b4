"""The queue in the admin. Not in bookshelf/admin.py: the admin site itself is made from that."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.http import HttpRequest

from bookshelf.mail.queue import MailQuerySet, QueuedMail
from bookshelf.mail.sender import wake

if TYPE_CHECKING:
    QueuedMailModelAdmin = admin.ModelAdmin[QueuedMail]
else:
    QueuedMailModelAdmin = admin.ModelAdmin


@admin.register(QueuedMail)
class QueuedMailAdmin(QueuedMailModelAdmin):
    """What waits, was sent or has failed. Texts are not shown: they hold links into accounts."""

    list_display = ("subject", "to", "state", "attempts", "created_at", "due_at", "error")
    list_filter = ("state", "created_at")
    search_fields = ("to", "subject")
    ordering = ("-created_at",)
    readonly_fields = ("to", "subject", *list_display[2:], "done_at")
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Send again now", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: MailQuerySet) -> None:
        messages.success(request, f"{queryset.send_again()} will be sent now.")
        wake()
