"""What makes quotes live."""

import re

from bookshelf.live_objects import FrameTemplate, LiveObject
from updater.tests.toy.models import Quote


class QuoteFrame(FrameTemplate):
    PUBLISHED = "toy/published.html"
    REMOVED = "toy/removed.html"


class LiveQuote(LiveObject):
    kinds = ("quote_published", "quote_removed")
    topic_names = re.compile("quotes")
    topics = ("quotes",)

    @classmethod
    def touched_by(cls, change):
        return (change.details["quote"],)

    def frame(self, topics, present):
        return QuoteFrame.PUBLISHED if present else QuoteFrame.REMOVED

    @classmethod
    def fetch(cls, ids):
        return Quote.objects.in_bulk(ids)
