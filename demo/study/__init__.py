"""A blind preference study (the paper's Table 2): two pictures, one tap, a vote."""
