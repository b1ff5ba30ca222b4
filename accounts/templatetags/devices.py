"""How the list of sessions names what they are on."""

from django import template

from accounts.sessions.listed import UNKNOWN_ADDRESS
from accounts.sessions.user_agents import device_name

register = template.Library()


@register.filter
def device(user_agent: str) -> str:
    """Name the device of a session by its user agent."""
    return device_name(user_agent)


@register.filter
def known_address(ip: str) -> str:
    """Return the address of a session; empty when it is older than the list."""
    return "" if ip == UNKNOWN_ADDRESS else ip
