"""How fast, against whom: `make bench` prints the tables of docs/performance.md."""
