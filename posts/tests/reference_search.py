"""What a query has to find, worked out in Python: both databases are held to it."""

from bisect import bisect_left

from posts.models import SearchDocument
from posts.search.terms import Phrase, Query, Term, parse

COLUMNS = ("title", "book_author", "tags", "body")


class ReferenceDocument:
    """A document, and whether a query matches it."""

    def __init__(self, document: SearchDocument) -> None:
        self.pk = document.pk
        self._beginning = document.beginning
        self._columns = [getattr(document, column).split(" ") for column in COLUMNS]
        self._tokens = sorted({token for column in self._columns for token in column})

    def matches(self, query: Query) -> bool:
        if query.beginning and self._beginning.startswith(query.beginning):
            return True
        return all(map(self._has, query.wanted)) and not any(map(self._has, query.unwanted))

    def _has(self, term: Term) -> bool:
        return any(all(map(self._says, spelling)) for spelling in term)

    def _says(self, phrase: Phrase) -> bool:
        *whole, last = phrase.tokens
        place = bisect_left(self._tokens, last)
        near = self._tokens[place] if place < len(self._tokens) else ""
        if not (near.startswith(last) if phrase.unfinished else near == last):
            return False
        return not whole or any(self._stands_in(column, phrase) for column in self._columns)

    def _stands_in(self, column: list[str], phrase: Phrase) -> bool:
        *whole, last = phrase.tokens
        for place in range(len(column) - len(whole)):
            end = column[place + len(whole)]
            if column[place : place + len(whole)] == whole and (
                end == last or (phrase.unfinished and end.startswith(last))
            ):
                return True
        return False


class Reference:
    """All documents there are."""

    def __init__(self) -> None:
        self.documents = {each.pk: ReferenceDocument(each) for each in SearchDocument.objects.all()}

    def found(self, text: str) -> set[int]:
        """Return the ids of the posts that this text has to find."""
        query = parse(text)
        return {pk for pk, each in self.documents.items() if query and each.matches(query)}

    def finds(self, text: str, pk: int) -> bool:
        """Whether this text has to find this post."""
        query = parse(text)
        return query is not None and self.documents[pk].matches(query)
