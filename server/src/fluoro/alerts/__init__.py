"""Thresholds over the service graph, and who is told."""
