"""OpenTelemetry in and out: spans to segment documents and back."""
