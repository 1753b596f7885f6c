"""What python3-psutil needs for a snapshot or for the process table, in microseconds: `psutil-bench.py snapshot|processes REPEATS`."""

import json
import sys
import time

import psutil


def snapshot():
    psutil.cpu_times(percpu=True)
    psutil.virtual_memory()
    psutil.swap_memory()
    psutil.getloadavg()
    psutil.net_io_counters(pernic=True)
    psutil.disk_io_counters(perdisk=True)
    psutil.boot_time()


def processes():
    fields = ["pid", "ppid", "name", "status", "uids", "cpu_times", "memory_info", "num_threads", "create_time"]
    rows = [one.info for one in psutil.process_iter(fields)]
    rows.sort(key=lambda row: sum(row["cpu_times"][:2]) if row["cpu_times"] else 0, reverse=True)
    return rows


work = {"snapshot": snapshot, "processes": processes}[sys.argv[1]]
work()
times = []
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    work()
    times.append((time.perf_counter() - began) * 1e6)
print(json.dumps(sorted(times)[len(times) // 2]))
