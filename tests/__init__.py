"""Tests. This file makes the folder win over packages that install a `tests` of their own."""
