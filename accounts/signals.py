"""What others may want to know of an account. Nothing here knows who listens."""

from django.dispatch import Signal

renamed = Signal()
"""`user` is called something else now. Sent within the transaction that stores it, as its last."""
