"""What people type into a search field, taken apart."""

import re

CANDIDATES = 500
"""How many matches are ranked, the newest: of a word that is nearly everywhere, not all of them."""

TERM = re.compile(r'(?P<no>-?)(?:"(?P<phrase>[^"]+)"|(?P<word>\w+))')
