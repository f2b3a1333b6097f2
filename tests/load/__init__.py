"""`python -m tests.load` lets many simulated visitors use a running server and measures it."""
