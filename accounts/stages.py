"""Steps between the right password and being signed in."""

from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponse

from accounts.models import User

Handled = tuple[HttpResponse | None, bool]
"""What to answer, if anything, and whether to go on to the next stage."""


class AddressStage(EmailVerificationStage):
    """Require a confirmed mail address, but not of staff.

    Staff accounts are made by createsuperuser or in the admin, perhaps without an address.
    """

    def handle(self) -> Handled:
        # No user: a sign-up with an address that has an account; it must look like any other.
        user = self.login.user
        if isinstance(user, User) and user.is_staff:
            return None, True
        handled: Handled = super().handle()  # type: ignore[no-untyped-call]  # allauth's is
        return handled
