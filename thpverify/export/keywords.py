"""Words that no name in an exported model may be."""

PROMELA = frozenset({
    "accept", "active", "always", "arrow", "assert", "at", "atomic", "auto", "bit", "bool", "BREADTH_FIRST",
    "break", "byte", "c_code", "c_decl", "c_expr", "c_state", "c_track", "case", "chan", "char", "const",
    "continue", "d_proctype", "d_step", "default", "do", "double", "else", "empty", "enabled", "end", "enum",
    "equivalent", "eval", "eventually", "extern", "false", "fi", "float", "floor_div", "floor_mod", "for", "full",
    "get_priority", "goto", "hidden", "i386", "if", "implies", "in", "init", "inline", "int", "len", "linux",
    "local", "long", "ltl", "mtype", "nempty", "never", "new", "nfull", "notrace", "now", "np_", "od", "of",
    "oftype", "pc_value", "pid", "printf", "printm", "priority", "proctype", "progress", "provided", "register",
    "release", "return", "run", "scratch", "select", "set_priority", "short", "show", "signed", "sizeof", "skip",
    "static", "stronguntil", "struct", "switch", "timeout", "trace", "true", "typedef", "union", "unix", "unless",
    "unsigned", "until", "void", "volatile", "weak", "weakuntil", "while", "xr", "xs"
})
"""Promela's, C's (SPIN takes names over into C as they are), and those of the export's own prelude."""

MURPHI = frozenset({
    "alias", "array", "assert", "assume", "begin", "boolean", "by", "case", "clear", "const", "cover", "do", "else",
    "elsif", "end", "endalias", "endexists", "endfor", "endforall", "endfunction", "endif", "endprocedure",
    "endrecord", "endrule", "endruleset", "endstartstate", "endswitch", "endwhile", "enum", "error", "exists",
    "false", "floor_div", "floor_mod", "for", "forall", "function", "if", "import", "in", "invariant", "ismember",
    "isundefined", "liveness", "multiset", "multisetadd", "multisetcount", "multisetremove", "multisetremovepred",
    "of", "procedure", "process", "program", "property", "put", "record", "return", "rule", "ruleset", "scalarset",
    "startstate", "switch", "then", "to", "traceuntil", "true", "type", "undefine", "union", "until", "var", "while"
})
"""Rumur's, and those of the export's own prelude."""
