"""Python source -> IR: parse, inline, cut at yields, infer ranges, find live locals; errors at file:line:column."""

from thpverify.compiler.scenarios import compile_scenario

__all__ = ["compile_scenario"]
