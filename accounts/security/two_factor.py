"""The site's adapter for two-factor authentication and passkeys."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.safestring import SafeString, mark_safe


class TwoFactorAdapter(DefaultMFAAdapter):
    """Draw the QR code in the page itself: the policy admits no image from a data: address."""

    def build_totp_svg(self, url: str) -> SafeString:
        """Return an svg element. It holds a path of numbers, and no text of the address."""
        declaration, _, svg = super().build_totp_svg(url).partition("?>")
        return mark_safe(svg if svg else declaration)  # noqa: S308
