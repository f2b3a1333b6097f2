"""Photos to train and to test on: the folder format, the bank in memory, and made composites."""
