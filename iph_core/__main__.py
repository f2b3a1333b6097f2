"""`python -m iph_core`: the command line."""

import sys

from iph_core.cli import main

sys.exit(main())
