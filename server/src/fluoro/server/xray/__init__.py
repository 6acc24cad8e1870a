"""The X-Ray API over HTTP: shapes, constraints, operations, answers."""
