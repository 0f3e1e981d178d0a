"""What this machine has: memory that a check may take when nobody set a limit."""

from __future__ import annotations

from pathlib import Path

SHARE = 0.9
"""How much of the free memory a check takes by default: the rest keeps the machine usable."""


def memory_to_use() -> int | None:
    """Bytes: a share of what is available to this process's control group and on the machine; None if neither says."""
    known = [amount for amount in (_machine_memory(), _group_memory()) if amount is not None]
    return int(SHARE * min(known)) if known else None


def _machine_memory() -> int | None:
    text = _read(Path("/proc/meminfo"))
    for line in text.splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _group_memory() -> int | None:
    group = Path("/sys/fs/cgroup")
    limit, used = _read(group / "memory.max").strip(), _read(group / "memory.current").strip()
    return max(0, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except OSError:
        return ""
