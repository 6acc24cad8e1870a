"""What a trace is: ids, documents, limits, refusals, sampling arithmetic. Pure."""
