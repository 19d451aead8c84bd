"""CPU cores: one for the measured server, another for PostgreSQL and the load; and their usage."""

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SERVER_CORE, LOAD_CORE = ("1", "0") if (os.cpu_count() or 1) > 1 else ("0", "0")
TICKS = os.sysconf("SC_CLK_TCK")


def pinned(core: str, command: Iterable[str]) -> list[str]:
    """Return ``command``, pinned to one core."""
    return ["taskset", "-c", core, *command]


def pin(pid: int, core: str) -> None:
    """Pin a running process, all its threads and its later children to one core."""
    subprocess.run(["taskset", "-a", "-cp", core, str(pid)], check=True, capture_output=True)


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds of a process and its current children; those of ended children count too."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for pid, parent, seconds in _processes():
        parents.setdefault(parent, []).append(pid)
        used[pid] = seconds
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += parents.get(pid, [])
    return total


def processes_of(root: int) -> list[int]:
    """Return a process and its current children."""
    children: dict[int, list[int]] = {}
    for pid, parent, _ in _processes():
        children.setdefault(parent, []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_of_threads(pids: Iterable[int]) -> float:
    """Return the seconds of CPU that all threads of these processes have used, to the nanosecond."""
    used = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # the thread has just ended
                used += int(thread.read_text().split()[0])
    return used / 1e9


def _processes() -> Iterable[tuple[int, int, float]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # the process has just ended
            # user and system time, of itself and of the children for which it has waited
            yield int(entry.name), int(fields[1]), sum(map(int, fields[11:15])) / TICKS


def busy_seconds() -> float:
    """Return the CPU seconds of all processes since the machine started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[0:3]) + sum(fields[5:8])) / TICKS


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def description() -> dict[str, str | int]:
    """Return the description of the machine for the report."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"cores": os.cpu_count() or 1, "processor": model}
