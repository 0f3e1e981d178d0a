"""Python source -> IR: parse, inline, cut at yields, types and ranges, liveness of locals; errors at file:line:column."""

from thpverify.compiler.scenarios import compile_scenario

__all__ = ["compile_scenario"]
