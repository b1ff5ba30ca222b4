"""Posts that nobody wrote: many, believable from afar, and the same again for the same seed.

Words, tags and authors are skewed as in life: a few are nearly everywhere, most are rare.
"""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import NamedTuple

DATA = Path(__file__).parents[1] / "data" / "words.toml"
LISTS: dict[str, list[str]] = {
    name: said.split() for name, said in tomllib.loads(DATA.read_text("utf-8")).items()
}
WORDS, SYLLABLES, KINDS = LISTS["words"], LISTS["syllables"], LISTS["kinds"]


NAMED = 6_000
"""How many names, of people and places, the sentences speak of."""
RARE = 150_000
"""How many names there are of which each post has one."""

SENTENCES = 12_000
MOST_TAGS = 4
HALF_STARS = [Decimal(n) / 2 for n in range(1, 11)]


class Invented(NamedTuple):
    """What a post says. `author` and `tags` are places in the shelf's `usernames` and `tags`."""

    number: int
    author: int
    title: str
    book_author: str
    body: str
    rating: Decimal | None
    tags: list[int]


class InventedShelf:
    """An endless shelf: the same numbers have the same posts, for the same seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @cached_property
    def readers(self) -> list[tuple[str, str]]:
        """User names and names of those who post, the busiest first."""
        rng = Random(f"{self.seed} readers")  # noqa: S311
        return [
            (f"many-{self.seed}-{n}", f"{rng.choice(LISTS['given'])} {rng.choice(LISTS['family'])}")
            for n in range(1_000)
        ]

    @cached_property
    def tags(self) -> list[str]:
        """The names of the tags, the most frequent first."""
        return KINDS + [f"{temper} {kind}" for temper in LISTS["tempers"] for kind in KINDS]

    @cached_property
    def sentences(self) -> list[str]:
        rng = Random(f"{self.seed} sentences")  # noqa: S311
        words = WORDS + [name_of(n).capitalize() for n in range(RARE, RARE + NAMED)]
        weights = skewed(len(words), 2)
        return [sentence(rng, words, weights) for _ in range(SENTENCES)]

    def posts(self, first: int, last: int) -> Iterator[Invented]:
        """Invent the posts of the numbers from `first` up to `last`, which is not among them.

        They depend on `first`: ask for the same ranges to get the same posts.
        """
        rng = Random(f"{self.seed} {first}")  # noqa: S311
        by_author = skewed(len(self.readers), 5)
        by_tag = skewed(len(self.tags), 2)
        everybody, every_tag = range(len(self.readers)), range(len(self.tags))
        authors = [f"{given} {family}" for given in LISTS["given"] for family in LISTS["family"]]
        for number in range(first, last):
            tags = rng.choices(every_tag, cum_weights=by_tag, k=rng.randint(0, MOST_TAGS))
            yield Invented(
                number,
                rng.choices(everybody, cum_weights=by_author)[0],
                self.title(rng),
                rng.choice(authors),
                self.review(rng),
                rng.choice(HALF_STARS) if rng.random() < 0.8 else None,
                sorted(set(tags)),
            )

    def title(self, rng: Random) -> str:
        place = name_of(rng.randrange(300)).capitalize()
        return f"The {rng.choice(LISTS['adjectives'])} {rng.choice(LISTS['nouns'])} of {place}"

    def review(self, rng: Random) -> str:
        """Most are short; some go on and on. Each speaks of somebody hardly anyone speaks of."""
        length = min(1 + int(rng.lognormvariate(0.7, 0.8)), 60)
        said = rng.choices(self.sentences, k=length)
        said.append(f"I thought of {name_of(rng.randrange(RARE)).capitalize()}.")
        if length > 6:
            said[length // 2] += "\n\n"
        return " ".join(said).replace("\n\n ", "\n\n")


def skewed(count: int, head: int) -> list[float]:
    """Return cumulative weights that fall as 1 / rank; with a larger `head` less steeply."""
    return list(accumulate(1 / (rank + head) for rank in range(count)))


def name_of(number: int) -> str:
    """Return a name of at least three syllables, another one for each number."""
    name, rest = "", number + len(SYLLABLES) ** 2
    while rest:
        rest, place = divmod(rest, len(SYLLABLES))
        name += SYLLABLES[place]
    return name


def sentence(rng: Random, words: list[str], weights: list[float]) -> str:
    """Return 5 to 21 words that sound like a review when one is half asleep."""
    said = rng.choices(words, cum_weights=weights, k=rng.randint(2, 9))
    glued = " ".join(f"{rng.choice(LISTS['glue'])} {word}" for word in said[1:])
    text = f"the {said[0]} {rng.choice(LISTS['verbs'])} {glued}."
    return text[0].upper() + text[1:]
