"""The way out, one module a question: traces, summaries, root causes."""
