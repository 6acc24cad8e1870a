"""Bytes to model and back: datagrams, X-Ray JSON, OTLP, the trace header. Pure."""
