"""Looks for steps that are too coarse: a step that makes several shared accesses at once hides the races between them.

Reads the IR only. docs/lint.md has the rules, `lint` applies them.
"""

from thpverify.lint.analysis import lint
from thpverify.lint.results import Access, Finding, Lint, Place, StepSummary

__all__ = ["Access", "Finding", "Lint", "Place", "StepSummary", "lint"]
