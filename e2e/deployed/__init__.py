"""The files in deploy/ at work: nginx, several processes, PostgreSQL and Redis, on loopback."""
