"""What people type into a search field, taken apart."""

import re
import unicodedata
from typing import NamedTuple

from posts.search.analysis import EDGES, IS_PAIRED, beginning_of, cut, is_initials, spellings
from posts.search.folding import fold
from posts.search.inflections import inflections

CANDIDATES = 500
"""How many matches are ranked, the newest: of a word that is nearly everywhere, not all of them."""

BEGINNINGS = 100
"""How many posts are found by the beginning of their title, the shortest titles first."""

MOST_TERMS = 60
"""Words and phrases beyond these are left out."""

QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))

# A hyphen is a "not" at the beginning of a word only.
TERM = re.compile(r'(?P<no>(?<!\S)-(?=[^\s-]))?(?:"(?P<phrase>[^"]+)"|(?P<word>[^\s"]+))')


class Phrase(NamedTuple):
    """Tokens that stand one after the other; of the last one maybe only the beginning."""

    tokens: tuple[str, ...]
    unfinished: bool = False


Spelling = tuple[Phrase, ...]
"""Phrases that all have to be there, anywhere."""

Term = list[Spelling]
"""Spellings of which one has to be there."""


class Query(NamedTuple):
    """What to look for: terms that all have to match, terms of which none may."""

    wanted: list[Term]
    unwanted: list[Term]
    beginning: str
    """What the title may begin with instead; "" for nothing."""


def parse(text: str) -> Query | None:
    """Read what is typed: words, "phrases", -not, OR. None when there is nothing to look for.

    The last word may be unfinished.
    """
    matches = list(TERM.finditer(text.replace("\0", "").translate(QUOTES)))[:MOST_TERMS]
    wanted: list[Term] = []
    unwanted: list[Term] = []
    alternative = False
    place = 0
    while place < len(matches):
        match, place = matches[place], place + 1
        words = [fold(match["word"] or match["phrase"])]
        is_word = bool(match["word"] and not match["no"])
        if words == ["&"]:
            continue
        if is_word and words == ["or"] and wanted and place < len(matches):
            alternative = True
            continue
        if is_word and is_initials(words[0]):
            # "J. R. R.": all that follow are of one word.
            while place < len(matches) and is_more_initials(matches[place]):
                words.append(fold(matches[place]["word"]))
                place += 1
        term = term_of(words, unfinished=is_word and place == len(matches))
        if not term:
            continue
        if is_word:
            term += [(Phrase((form,)),) for form in inflections(words[0].strip(EDGES))]
        if match["no"]:
            unwanted.append(term)
        elif alternative:
            wanted[-1] = wanted[-1] + term
        else:
            wanted.append(term)
        alternative = False
    if not wanted:
        return None
    return Query(wanted, unwanted, "" if unwanted else beginning_of(text))


def is_more_initials(match: re.Match[str]) -> bool:
    return bool(match["word"] and not match["no"] and is_initials(fold(match["word"])))


def term_of(words: list[str], *, unfinished: bool) -> Term:
    """Return all spellings of a folded word or phrase, or of initials with spaces between."""
    spelled = spellings(" ".join(words), goes_on=True)
    if len(words) == 1:
        return [(phrase_of(tokens, unfinished),) for tokens in spelled]
    # Apart they may stand anywhere: one at the end of a title, the next in the author's name.
    last = len(words) - 1
    apart = tuple(phrase_of(cut(word), unfinished and n == last) for n, word in enumerate(words))
    return [apart, *((phrase_of(tokens, unfinished),) for tokens in spelled[1:])]


def phrase_of(tokens: list[str], unfinished: bool) -> Phrase:
    # Of a script without spaces, a single character begins a pair.
    last = unicodedata.normalize("NFC", tokens[-1])
    return Phrase(tuple(tokens), unfinished or bool(len(last) == 1 and IS_PAIRED(last)))
