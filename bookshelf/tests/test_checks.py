"""What works with one process, and not as it should with several, is warned about."""

import pytest
from django.core.checks import run_checks

MEMORY = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
REDIS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"}}
SQLITE = "django.db.backends.sqlite3"
POSTGRES = "django.db.backends.postgresql"


@pytest.fixture
def messages(settings, monkeypatch):
    """What our checks say of a set-up."""

    def run(*, processes=1, machines=1, layers=REDIS, engine=POSTGRES):
        settings.PROCESSES, settings.MACHINES = processes, machines
        settings.CHANNEL_LAYERS = layers
        monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
        return run_checks(tags=["bookshelf"])

    return run


@pytest.fixture
def warnings(messages):
    """The ids of what our checks say of a set-up."""
    return lambda **setup: [message.id for message in messages(**setup)]


def test_one_process_needs_no_service(warnings):
    assert warnings(layers=MEMORY, engine=SQLITE) == []


def test_several_processes_and_machines_on_services_are_well(warnings):
    assert warnings(processes=4, machines=2) == []


def test_several_processes_may_share_a_file_on_one_machine(warnings):
    assert warnings(processes=4, engine=SQLITE) == []


def test_several_processes_without_redis_are_warned_about(warnings):
    assert warnings(processes=2, layers=MEMORY) == ["bookshelf.W001"]


def test_several_machines_without_redis_are_warned_about(warnings):
    assert warnings(processes=2, machines=2, layers=MEMORY) == ["bookshelf.W001"]


def test_several_machines_on_sqlite_are_warned_about(warnings):
    assert warnings(processes=2, machines=2, engine=SQLITE) == ["bookshelf.W002"]


def test_fewer_processes_than_machines_are_a_mistake(warnings):
    assert warnings(processes=1, machines=2) == ["bookshelf.W003"]


def test_a_warning_says_what_to_set(messages):
    found = messages(processes=2, machines=2, layers=MEMORY, engine=SQLITE)
    redis, database = sorted(found, key=lambda message: message.id)

    assert "REDIS_URL" in redis.hint
    assert "DATABASE_URL" in database.hint
