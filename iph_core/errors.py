"""Errors whose message is meant for the person who uses the program."""

from __future__ import annotations


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one clear sentence that says what was wrong and what to do. The command line
    prints it and exits with 2; the page shows it as it is.
    """


class UnreadableFileError(InputError):
    """A file is not there or cannot be read; the message names its path."""


class UnwritableFileError(InputError):
    """A file or folder cannot be written; the message names its path."""


class MissingWeightsError(InputError):
    """A model file is not in place, or is not the file that the manifest names."""
