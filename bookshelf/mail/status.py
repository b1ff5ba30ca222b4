"""What the sender of this process last saw of the queue, for `/healthz/` and `/metrics`."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone


@dataclass(slots=True)
class QueueStatus:
    """Numbers of mails; they are as old as the sender's last look (some seconds)."""

    waiting: int = 0
    failed: int = 0
    oldest: datetime | None = None
    """When the mail was stored that waits longest."""

    @property
    def age(self) -> float:
        """Seconds for which the oldest mail has waited; 0 when none does."""
        return (timezone.now() - self.oldest).total_seconds() if self.oldest else 0.0

    def clear(self) -> None:
        """Forget what was seen."""
        self.waiting, self.failed, self.oldest = 0, 0, None


QUEUE = QueueStatus()
