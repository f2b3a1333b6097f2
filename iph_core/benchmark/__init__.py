"""How long each step takes and how much memory, at several sizes of one photo, beside peers."""
