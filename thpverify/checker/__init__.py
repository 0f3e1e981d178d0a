"""Orchestration: scenarios in, verdicts out. Compiles, searches, replays what was found, and judges."""
