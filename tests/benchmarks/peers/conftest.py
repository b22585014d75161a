"""Peers import what only the benchmarks need, and one takes the place of `sqlite3`: each is run in its own process."""

collect_ignore_glob = ["*.py"]
