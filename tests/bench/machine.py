"""The machine: one core for the server that is measured, another for PostgreSQL and the load; what both have used."""

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SERVER_CORE, LOAD_CORE = ("1", "0") if (os.cpu_count() or 1) > 1 else ("0", "0")
TICKS = os.sysconf("SC_CLK_TCK")


def pinned(core: str, command: Iterable[str]) -> list[str]:
    """``command``, kept to one core."""
    return ["taskset", "-c", core, *command]


def pin(pid: int, core: str) -> None:
    """Keep a running process, all its threads and whatever it starts from now on to one core."""
    subprocess.run(["taskset", "-a", "-cp", core, str(pid)], check=True, capture_output=True)


def cpu_seconds(root: int) -> float:
    """What a process and the children that it has now have used so far; children that ended count too."""
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
    """Return a process and the children that it has now."""
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
            with suppress(OSError):  # it has just ended
                used += int(thread.read_text().split()[0])
    return used / 1e9


def _processes() -> Iterable[tuple[int, int, float]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has just ended
            # user and system time, of itself and of the children that it has waited for
            yield int(entry.name), int(fields[1]), sum(map(int, fields[11:15])) / TICKS


def busy_seconds() -> float:
    """What all processes of the machine have used since it started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[0:3]) + sum(fields[5:8])) / TICKS


def memory_mb(pid: int) -> float:
    """The resident memory of a process in megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def description() -> dict[str, str | int]:
    """What a reader of figures wants to know."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"cores": os.cpu_count() or 1, "processor": model}
