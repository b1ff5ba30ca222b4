from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.addresses import replace_address
from accounts.leaving.departures import LastAdmin, counted, leave
from accounts.models import User
from accounts.models.blocked_mail import BlockedMail
from accounts.models.invitation import Invitation

if TYPE_CHECKING:
    BaseUserAdmin = DjangoUserAdmin[User]
    ModelAdmin = admin.ModelAdmin[Model]
    BlockedMailModelAdmin = admin.ModelAdmin[BlockedMail]
    InvitationModelAdmin = admin.ModelAdmin[Invitation]
else:
    BaseUserAdmin = DjangoUserAdmin
    BlockedMailModelAdmin = InvitationModelAdmin = ModelAdmin = admin.ModelAdmin

# The environment names the sites that one can sign in with, and no token of theirs is kept.
admin.site.unregister([SocialApp, SocialToken, Authenticator, SocialAccount, UserSession])
admin.site.unregister(EmailAddress)


@admin.register(User)
class UserAdmin(BaseUserAdmin):
    """Accounts. Deleting one removes all that it has written; what stays is a row without a name.

    A user name is part of addresses that others have: it is chosen once.
    """

    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        ("Shown to others", {"fields": ("name", "about", "show_in_rooms")}),
        ("Writing posts", {"fields": ("is_invited", "is_approved")}),
    )
    list_filter = ("is_approved", "is_invited", *DjangoUserAdmin.list_filter)
    actions = ("approve", "withdraw_approval")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return ("username",) if obj else ()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            replace_address(request, obj, before=form.initial["email"])

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_there = obj is None or obj.left_at is None
        return is_there and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may_go = obj is None or (obj.left_at is None and obj != User.objects.last_superuser())
        return may_go and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            leave(obj, keeps_texts=False)
        except LastAdmin:
            messages.error(request, f"{obj} is the last administrator, and stays.")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.filter(left_at=None):
            self.delete_model(request, user)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say what each account has written: what hangs on it is the business of `leave`."""
        names = []
        totals = {"accounts": 0}
        for user in objs:
            names.append(user.get_username())
            totals["accounts"] += 1
            for each in counted(user):
                totals[f"{each.noun}s"] = totals.get(f"{each.noun}s", 0) + each.number
        return names, totals, set(), []

    @admin.action(description="Approve: may write posts", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        approved = queryset.update(is_approved=True)
        messages.success(request, f"{approved} approved. Who may post: {settings.WHO_MAY_POST}.")

    @admin.action(description="Withdraw approval and invitation", permissions=["change"])
    def withdraw_approval(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        withdrawn = queryset.update(is_approved=False, is_invited=False)
        messages.success(request, f"Withdrawn from {withdrawn}.")


@admin.register(EmailAddress)
class AddressAdmin(EmailAddressAdmin):
    """Addresses. One is not changed here, but replaced on the page of its account."""

    def get_readonly_fields(
        self, request: HttpRequest, obj: EmailAddress | None = None
    ) -> tuple[str, ...]:
        return ("email", "user", "primary") if obj else ()


class RemovableOnly(ModelAdmin):
    """What owners set up themselves: staff see that it is there, and may remove it."""

    list_filter = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        for item in queryset:
            self.delete_model(request, item)


@admin.register(Authenticator)
class AuthenticatorAdmin(RemovableOnly):
    """Second factors, without their secrets. Removing one helps whoever has lost it."""

    fields = ("user", "type", "created_at", "last_used_at")
    list_display = ("user", "type", "created_at", "last_used_at")

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        assert isinstance(obj, Authenticator)
        super().delete_model(request, obj)
        notices: dict[str, str] = {
            Authenticator.Type.TOTP: "mfa/email/totp_deactivated",
            Authenticator.Type.WEBAUTHN: "mfa/email/webauthn_removed",
        }
        if notice := notices.get(obj.type):
            get_adapter(request).send_notification_mail(notice, obj.user)


@admin.register(SocialAccount)
class SocialAccountAdmin(RemovableOnly):
    """Accounts of other sites with which users sign in."""

    fields = ("user", "provider", "uid", "date_joined", "last_login")
    list_display = ("user", "provider", "uid")


@admin.register(UserSession)
class UserSessionAdmin(RemovableOnly):
    """Sessions. To delete one is to end it."""

    fields = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_display = ("user", "created_at", "last_seen_at", "ip")

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        assert isinstance(obj, UserSession)
        obj.end()


@admin.register(BlockedMail)
class BlockedMailAdmin(BlockedMailModelAdmin):
    """Addresses and domains that nobody signs up with. Accounts that have one keep it."""

    list_display = ("pattern", "note", "created_at")
    search_fields = ("pattern", "note")


@admin.register(Invitation)
class InvitationAdmin(InvitationModelAdmin):
    """Who has invited whom. Invitations are made and taken back by members, on their page."""

    list_display = ("inviter", "email", "state", "created_at", "expires_at", "accepted_by")
    list_filter = ("created_at", "accepted_at")
    search_fields = ("inviter__username", "accepted_by__username", "email")
    list_select_related = ("inviter", "accepted_by")
    readonly_fields = (*list_display, "taken_back_at", "accepted_at")
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
