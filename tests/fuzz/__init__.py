"""`python -m tests.fuzz`: changed files and requests, thrown at the reader and at the page."""
