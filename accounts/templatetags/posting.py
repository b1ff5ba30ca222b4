"""Who may write posts, for pages."""

from django import template

from accounts.posting_policy import posting_rule

register = template.Library()
register.simple_tag(posting_rule)
