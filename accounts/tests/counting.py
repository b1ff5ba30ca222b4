"""Password hashers for tests of how often, and for how long, a password is checked."""

from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher


class CountingHasher(MD5PasswordHasher):
    """Hashes quickly, and counts how often."""

    algorithm = "counting"
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt)


class SlowHasher(PBKDF2PasswordHasher):
    """Production's, at a tenth of the time: still most of what a sign-in costs."""

    iterations = PBKDF2PasswordHasher.iterations // 10


HASHER = f"{__name__}.{CountingHasher.__name__}"
SLOW_HASHER = f"{__name__}.{SlowHasher.__name__}"
