"""A bare Django view that inserts one row: what writing costs at least."""

TABLE = "CREATE TABLE bench_row (id bigserial PRIMARY KEY, user_id bigint, liked text NOT NULL)"
