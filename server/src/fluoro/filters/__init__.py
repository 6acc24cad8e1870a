"""The filter-expression language: parse, explain, complete, compile to SQL."""
