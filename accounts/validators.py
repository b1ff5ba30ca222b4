"""Names that readers may choose."""

from django.core.validators import RegexValidator

# A name is part of an address: "." and ".." would lead elsewhere.
username_validators = [
    RegexValidator(
        r"^\w[\w.@+-]*\Z",
        "A name begins with a letter or digit and has letters, digits and @ . + - _ only.",
    )
]
