"""Counterexamples: run again in CPython, told in the model's words, written to files and read back."""

from thpverify.traces.errors import ModelCrashed, ReplayMismatch, TraceFileError
from thpverify.traces.files import read, write
from thpverify.traces.itf import write_itf
from thpverify.traces.recheck import Recheck, recheck, scenario_of
from thpverify.traces.replay import replay
from thpverify.traces.trace import Trace, TraceStep

__all__ = [
    "ModelCrashed",
    "Recheck",
    "ReplayMismatch",
    "Trace",
    "TraceFileError",
    "TraceStep",
    "read",
    "recheck",
    "replay",
    "scenario_of",
    "write",
    "write_itf",
]
