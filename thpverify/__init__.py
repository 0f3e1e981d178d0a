"""A model checker for the Linux kernel's memory management and KVM: threads in Python, verdicts from native search."""

__version__ = "0.1.0"
