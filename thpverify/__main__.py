"""``python -m thpverify``, and the command ``thpverify``."""

import sys


def start() -> None:
    """Run the command line. Ctrl-C while it is still being imported ends it as it does later (exit code 3)."""
    try:
        from thpverify.cli import run
    except KeyboardInterrupt:
        print("thpverify: interrupted", file=sys.stderr)
        sys.exit(3)
    run()


if __name__ == "__main__":
    start()
