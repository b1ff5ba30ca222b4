"""A filter for texts that are mailed, where a line separator would begin a line of its own."""

from django import template

from bookshelf.characters import one_line

register = template.Library()
register.filter("one_line", one_line)
