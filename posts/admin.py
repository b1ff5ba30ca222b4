"""Posts in the admin. What is done there goes the way of every change, and reaches open pages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from bookshelf.doorbell import announce
from posts.content.slugs import slug_of
from posts.forms.fields import check_tag
from posts.models import Appeal, Comment, ModerationAction, Post, Report, Tag
from posts.models.likeable import TakenDown
from posts.models.moderation import Verb
from posts.models.post_queryset import PostQuerySet
from posts.models.report import Reason

if TYPE_CHECKING:
    PostModelAdmin = admin.ModelAdmin[Post]
    CommentModelAdmin = admin.ModelAdmin[Comment]
    TagModelAdmin = admin.ModelAdmin[Tag]
    TagModelForm = ModelForm[Tag]
else:
    PostModelAdmin = CommentModelAdmin = TagModelAdmin = admin.ModelAdmin
    TagModelForm = ModelForm


def moderate(request: HttpRequest, verb: Verb, item: Post | Comment) -> None:
    """Do what moderators do on their pages; an admin also to what is their own."""
    assert request.user.is_authenticated  # The admin has turned guests away.
    action = ModerationAction.of(request.user, verb, item, reason=Reason.OTHER)
    action.text = "In the admin."
    if verb == Verb.RESTORE:
        announce(item.put_back(action.enter))
    else:
        announce(item.take_down(TakenDown.REMOVED, action.enter))


class TagForm(TagModelForm):
    """A tag's name; its address follows from that."""

    class Meta:
        model = Tag
        fields = ("name",)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split()).lstrip("#")
        check_tag(name)
        if Tag(pk=self.instance.pk, name=name).is_taken:
            raise ValidationError("Another tag has this name.")
        return name


@admin.register(Tag)
class TagAdmin(TagModelAdmin):
    """Renaming and deleting a tag reaches every post that has it, search and open pages."""

    form = TagForm
    list_display = ("name", "slug")
    search_fields = ("name",)

    def save_model(
        self, request: HttpRequest, obj: Tag, form: "ModelForm[Tag]", change: bool
    ) -> None:
        if not change:
            obj.slug = slug_of(obj.name)
            obj.save()
        elif form.has_changed():
            announce(obj.rename(obj.name))

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        announce(obj.remove())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tag]) -> None:
        for tag in queryset:
            self.delete_model(request, tag)

    def get_deleted_objects(
        self, objs: Iterable[Tag], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Ask for the tags alone: what hangs on them is the business of `Tag.remove`."""
        names = [str(tag) for tag in objs]
        return names, {"tags": len(names)}, set(), []


@admin.register(Post)
class PostAdmin(PostModelAdmin):
    """Deleting removes, as a moderator does: the author is told, and cannot put it back."""

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
        is_visible = obj is None or obj.removed_at is None
        return is_visible and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Post, form: "ModelForm[Post]", change: bool
    ) -> None:
        assert request.user.is_authenticated  # The admin has turned guests away.
        announce(obj.revise(editor=request.user) if change else obj.publish())

    def delete_model(self, request: HttpRequest, obj: Post) -> None:
        if not obj.removed_at:
            moderate(request, Verb.REMOVE, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset:
            self.delete_model(request, post)

    @admin.action(description="Put removed posts back")
    def put_back(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset:
            if post.taken_down in ("hidden", "removed"):
                moderate(request, Verb.RESTORE, post)
            elif post.can_be_restored:
                announce(post.restore())

    @admin.action(description="Pin on top of the front page")
    def pin(self, request: HttpRequest, queryset: PostQuerySet[Post]) -> None:
        # Of several the newest stays.
        for post in queryset.visible().order_by("pk"):
            announce(post.pin())

    @admin.action(description="Take down from the top of the front page")
    def unpin(self, request: HttpRequest, queryset: PostQuerySet[Post]) -> None:
        for post in queryset.visible():
            announce(post.unpin())

    @admin.action(description="Mark as key posts")
    def mark_as_key(self, request: HttpRequest, queryset: PostQuerySet[Post]) -> None:
        for post in queryset.visible():
            announce(post.mark(key=True))

    @admin.action(description="Unmark as key posts")
    def take_key_mark_away(self, request: HttpRequest, queryset: PostQuerySet[Post]) -> None:
        for post in queryset.visible():
            announce(post.mark(key=False))


@admin.register(Comment)
class CommentAdmin(CommentModelAdmin):
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
        is_visible = obj is None or obj.removed_at is None
        return is_visible and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Comment, form: "ModelForm[Comment]", change: bool
    ) -> None:
        announce(obj.revise(obj.body))

    def delete_model(self, request: HttpRequest, obj: Comment) -> None:
        if not obj.removed_at:
            moderate(request, Verb.REMOVE, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Comment]) -> None:
        for comment in queryset:
            self.delete_model(request, comment)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # for several models
    """To be looked at: what moderators do goes through their own pages."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ModerationAction)
class ModerationActionAdmin(ReadOnlyAdmin):
    list_display = ("at", "moderator", "verb", "target", "person", "reason", "text")
    list_filter = ("verb", "reason")
    list_select_related = ("moderator", "person")
    search_fields = ("text", "moderator__username", "person__username", "target")


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("at", "reporter", "target", "person", "reason", "text", "closed_at")
    list_filter = ("reason", "closed_at")
    list_select_related = ("reporter", "person")
    search_fields = ("text", "reporter__username", "person__username", "target")


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "text", "answered_by", "taken_back", "answer")
    list_filter = ("taken_back",)
    list_select_related = ("action", "answered_by")
