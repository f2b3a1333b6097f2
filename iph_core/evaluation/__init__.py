"""Evaluation: metrics and test protocols."""
