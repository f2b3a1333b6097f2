"""Evaluation: test composites and ready sets, methods, metrics, tables, contact sheets."""
