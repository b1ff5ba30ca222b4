"""Bare Django views: what a page, and writing a row, cost at least."""

TABLE = "CREATE TABLE bench_row (id bigserial PRIMARY KEY, user_id bigint, liked text NOT NULL)"
