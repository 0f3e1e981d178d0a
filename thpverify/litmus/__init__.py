"""Litmus tests: small programs with an outcome that an architecture allows or forbids, answered by the shipped models.

A test becomes Python source (`sources`) whose threads call models/hardware, and is then compiled, searched and replayed
like any other scenario (`running`).
"""
