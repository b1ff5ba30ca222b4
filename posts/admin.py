"""Posts in the admin. What is done there goes the way of every change, and reaches open pages."""

from contextlib import suppress

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from posts.events import announce
from posts.log import Change
from posts.models import Comment, Post, Tag

admin.site.register(Tag)


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    """Deleting removes: the tombstone stays, and an undo is in the author's hands."""

    list_display = (
        "title", "book_author", "author", "created_at", "is_key", "pinned_at", "removed_at",
    )  # fmt: skip
    list_filter = ("is_key", "removed_at")
    search_fields = ("title", "book_author")
    fields = ("author", "title", "book_author", "body", "rating")
    actions = ("put_back", "pin", "unpin", "mark_as_key", "take_key_mark_away")

    def get_readonly_fields(self, request: HttpRequest, obj: Post | None = None) -> tuple[str, ...]:
        return ("author",) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        there = obj is None or obj.removed_at is None
        return there and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Post, form: ModelForm, change: bool) -> None:
        announce(obj.revise(editor=request.user) if change else obj.publish())

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        if not obj.removed_at:
            announce(obj.remove())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset:
            self.delete_model(request, post)

    @admin.action(description="Put removed posts back")
    def put_back(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset:
            if post.can_be_restored:
                announce(post.restore())

    @admin.action(description="Pin on top of the front page")
    def pin(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        # Of several the newest stays.
        for post in queryset.visible().order_by("pk"):
            self._announce(post.pin())

    @admin.action(description="Take down from the top of the front page")
    def unpin(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset.visible():
            self._announce(post.unpin())

    @admin.action(description="Mark as key posts")
    def mark_as_key(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset.visible():
            self._announce(post.mark(key=True))

    @admin.action(description="No key posts any more")
    def take_key_mark_away(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset.visible():
            self._announce(post.mark(key=False))

    @staticmethod
    def _announce(change: Change | None) -> None:
        if change:
            announce(change)


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    """For moderating: to say something one goes to the page."""

    list_display = ("body", "author", "post", "created_at", "removed_at")
    list_filter = ("removed_at",)
    list_select_related = ("author", "post")
    search_fields = ("body", "author__username")
    fields = ("author", "post", "body")
    readonly_fields = ("author", "post")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Comment | None = None) -> bool:
        there = obj is None or obj.removed_at is None
        return there and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Comment, form: ModelForm, change: bool) -> None:
        announce(obj.revise(obj.body))

    def delete_model(self, request: HttpRequest, obj: Comment) -> None:
        with suppress(Comment.Gone):
            announce(obj.remove())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        for comment in queryset:
            self.delete_model(request, comment)
