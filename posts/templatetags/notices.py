"""What a moderator did, for mails: `{{ action|notice_of }}`."""

from django import template

from accounts.languages import day
from posts.moderation.wording import appealed, entry_of, notice_of, subject_of

register = template.Library()
register.filter(appealed)
register.filter(day)
register.filter(entry_of)
register.filter(notice_of)
register.filter(subject_of)
