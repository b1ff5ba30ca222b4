"""Words in addresses: no script loses its letters or marks."""

from unicodedata import category, combining, normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookshelf.characters import is_ignorable
from posts.content.slugs import LONGEST, TAKEN, address_of, slug_of
from posts.tests.cost import THOROUGH

BRIEFLY = settings(max_examples=1000 if THOROUGH else 60, deadline=None, derandomize=True)

# Letters and marks as titles have them, of scripts whose vowels are marks and of others.
LETTERS = st.text(
    st.one_of(
        st.sampled_from("कखगतनपमरलवसह\u093e\u093f\u0940\u0947\u094b\u094d\u0902\u093c"),
        st.sampled_from("กขคงนมรลสห\u0e31\u0e34\u0e35\u0e38\u0e48\u0e49\u0e33\u0e32"),
        st.sampled_from("가각힣각孤独日本のカﾞabcéżøß\u0301\u0323עברית\u05b8مرحبا\u064e"),
        st.characters(categories=["L", "M"]),
    ),
    min_size=1,
    max_size=90,
)


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("गोदान", "गोदान"),
        ("मैला आँचल", "मैला-आँचल"),
        ("สี่แผ่นดิน", "สี่แผ่นดิน"),
        ("ดาวที่หายไป", "ดาวที่หายไป"),
        ("百年孤独", "百年孤独"),
        ("Don't Look Now!", "dont-look-now"),
        ("Catch-22", "catch-22"),
        ("Ｗａｒ  and—Peace", "war-and-peace"),
        ("می\u200cخواهم", "می-خواهم"),
        ("❤\ufe0f Love", "love"),
        ("Edit", "book-edit"),
        ("?!", "book"),
    ],
)
def test_an_address_reads_like_its_title(title, address):
    assert address_of(title) == normalize("NFKC", address)


def letters_of(text: str) -> str:
    """Return the letters and marks of a text that stand in addresses, as they stand there."""
    kept = [each for each in text if not is_ignorable(each)]
    text = "".join(each for each in normalize("NFKC", "".join(kept)).lower())
    text = "".join(each for each in text if category(each)[0] in "LMN" and not is_ignorable(each))
    while text and category(text[0])[0] == "M":
        text = text[1:]
    return text


@BRIEFLY
@given(LETTERS)
def test_letters_and_marks_of_any_script_survive(title):
    slug = address_of(title)
    whole = letters_of(title)

    assert len(slug) <= LONGEST
    if slug in ("book", *(f"book-{word}" for word in TAKEN)):
        return
    # Nothing but compatibility forms with spaces in them, such as U+FDFA, adds a hyphen.
    assert whole.startswith(slug.replace("-", "")[: len(whole)])
    if len(whole) <= LONGEST - slug.count("-"):
        assert slug.replace("-", "") == whole


@BRIEFLY
@given(LETTERS, st.sampled_from([address_of, slug_of]))
def test_a_cut_goes_through_no_letter(title, function):
    slug = function(title)
    whole = function(title[:1]) and letters_of(title)

    if "-" in slug or not whole.startswith(slug) or len(slug) == len(whole):
        return
    rest = whole[len(slug) :]
    assert category(rest[0])[0] != "M"
    assert not slug or combining(slug[-1]) != 9
