"""``python -m thpverify``."""

from thpverify.cli import run

run()
