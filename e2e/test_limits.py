"""Rate limits over several processes."""

from limits import parse_many

from accounts.limits import Counter
from e2e.services import redis_server

FEW = parse_many("2 per minute")


def test_processes_with_a_redis_count_together_and_without_it_apart(tmp_path):
    with redis_server(tmp_path) as redis:
        first, second = Counter(redis.url), Counter(redis.url)

        assert [first.wait_for(FEW, "post", "7") for _ in range(2)] == [0, 0]
        assert second.wait_for(FEW, "post", "7") >= 1

        redis.kill()
        assert second.wait_for(FEW, "post", "7") == 0
