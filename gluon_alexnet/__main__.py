"""`python -m gluon_alexnet` is `gluon-alexnet`."""

import sys

from gluon_alexnet.cli import main

sys.exit(main())
