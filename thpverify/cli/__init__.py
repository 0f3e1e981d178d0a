"""The command line: one module per command, `main` for what all of them share."""

from thpverify.cli.main import main, run

__all__ = ["main", "run"]
