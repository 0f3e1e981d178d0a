"""Anonymous memory straight from the system: huge pages, touched only where used, given back at once."""

from __future__ import annotations

import ctypes
import mmap
import resource
import sys
from pathlib import Path

import attrs

_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
_HUGE_PAGE = getattr(mmap, "MADV_HUGEPAGE", None)
_DONT_NEED = getattr(mmap, "MADV_DONTNEED", 4)
HUGE_PAGE_BYTES = 2 << 20


@attrs.define
class Region:
    """`size` bytes of zeroed memory at `address`, which take room only once they are written."""

    size: int
    address: int
    _map: mmap.mmap | None
    _view: ctypes.Array[ctypes.c_char] | None

    def release(self) -> None:
        """Give the memory back; its address must not be used any more."""
        self._view = None
        if self._map is not None:
            self._map.close()
        self._map = None


def reserve(size: int, huge: bool = True) -> Region:
    """A new region of at least `size` bytes.

    Raises:
        MemoryError: the system does not give that much address space.
    """
    size = max(size, mmap.PAGESIZE)
    try:
        area = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE)
        if huge and _HUGE_PAGE is not None and size >= HUGE_PAGE_BYTES:
            area.madvise(_HUGE_PAGE)
    except (OSError, ValueError, OverflowError) as error:
        raise MemoryError(f"cannot map {size} bytes: {error}") from error
    view = (ctypes.c_char * 1).from_buffer(area)
    return Region(size, ctypes.addressof(view), area, view)


def resident_bytes() -> int:
    """Physical memory that this process has now; where the system does not tell, the most it ever had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def drop_code_pages(library: str) -> None:
    """Give back the memory that the code of shared library `library` takes.

    The pages are clean copies of the file and are read again when they are needed. LLVM's are some 50 MiB, and not
    needed once a model is compiled. Does nothing where there is no /proc.
    """
    advise = getattr(ctypes.CDLL(None), "madvise", None)
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        area, access, *_, file = line.split(maxsplit=5)
        if file.endswith(f"/{library}") and access == "r-xp" and advise is not None:
            first, last = (int(part, 16) for part in area.split("-"))
            advise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _DONT_NEED)
