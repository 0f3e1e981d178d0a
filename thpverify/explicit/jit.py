"""LLVM IR text to callable machine code, with a cache of object files."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import attrs
import llvmlite
import llvmlite.binding as llvm
from llvmlite.utils import get_library_name

from thpverify.explicit.cache import ObjectCache
from thpverify.explicit.errors import NativeError

CODE_PASSES = ("always_inliner", "sroa", "simplify_cfg")
"""Enough for a model's code, which is in SSA form already: LLVM's whole -O2 takes twice as long and gains nothing."""
LOOP_PASSES = (*CODE_PASSES, "loop_rotate", "loop_unroll", "simplify_cfg", "instruction_combine")
"""For the core, whose loops over a state's words are to be unrolled."""
CODE_GENERATION_LEVEL = 1


@attrs.frozen
class Source:
    """One module's LLVM IR and the passes to run on it."""

    text: str
    passes: tuple[str, ...] = CODE_PASSES


@attrs.define
class Library:
    """Linked machine code; function addresses stay valid as long as this lives."""

    engine: llvm.ExecutionEngine
    objects: list[llvm.ObjectFileRef]
    cached: int

    def address(self, name: str) -> int:
        """Where function `name` begins."""
        found: int = self.engine.get_function_address(name)
        if not found:
            raise NativeError(f"no function {name} in the generated code")
        return found


def _machine() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=CODE_GENERATION_LEVEL, reloc="pic", codemodel="small"
    )


def _features() -> str:
    features: str = llvm.get_host_cpu_features().flatten()
    return features


def _compile(source: Source) -> bytes:
    """One module's object file."""
    machine = _machine()
    try:
        module = llvm.parse_assembly(source.text)
    except RuntimeError as error:
        raise NativeError(f"LLVM does not take the generated code: {error}") from error
    with module:
        passes = llvm.create_new_module_pass_manager()
        for name in source.passes:
            getattr(passes, f"add_{name}_pass")()
        passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
        result: bytes = machine.emit_object(module)
        return result


def build(sources: Sequence[Source], cache: ObjectCache | None) -> Library:
    """Compile each source, or take its object from the cache, and link all.

    Raises:
        NativeError: LLVM refuses a text or a function is missing.
    """
    objects: list[llvm.ObjectFileRef] = []
    hits = 0
    for source in sources:
        key = "\n".join(
            (llvmlite.__version__, llvm.get_host_cpu_name(), _features(), " ".join(source.passes), source.text)
        )
        code = cache.load(key) if cache else None
        if code is None:
            code = _compile(source)
            if cache:
                cache.store(key, code)
        else:
            hits += 1
        objects.append(llvm.ObjectFileRef.from_data(code))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    for linked in objects:
        engine.add_object_file(linked)
    engine.finalize_object()
    _give_back_memory()
    return Library(engine, objects, hits)


def _give_back_memory() -> None:
    """Return what the compiler freed to the system; only glibc needs to be asked."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)



def compiler_library() -> str:
    """The file name of the shared library that LLVM is in."""
    return str(get_library_name())
