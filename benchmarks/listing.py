"""What it costs to list all actions: reading the heads of their files, beside reading one index made beforehand.

The index would have to be built with the wheel and could be stale; the heads cannot. Each figure is the CPU time of a
process of its own over bare Python. Run: make bench, or python benchmarks/listing.py
"""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
from pathlib import Path

import orjson
from start_up import cpu, python

from segment_connector.language.specs import Specs

ROUNDS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index.json"
        index.write_bytes(orjson.dumps([dataclasses.asdict(one) for one in Specs().summaries()]))
        memory = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        load = "from segment_connector.language.specs import Specs; s = Specs()"
        commands = {
            "bare Python": "pass",
            "heads of all action files": f"{load}; list(s.summaries())",
            "one index made beforehand": f"import orjson; orjson.loads(open({str(index)!r}, 'rb').read())",
            "one action, read whole": f"{load}; s.action('get_source')",
            "all actions, read whole": f"{load}; [s.action(name) for name in s.paths]",
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for code in commands.values():
            cpu(python(code), {})
        for _ in range(ROUNDS):
            for name, code in commands.items():
                times[name].append(cpu(python(code), {}))
        bare = times["bare Python"]
        print(f"{'':28}{'CPU ms over bare':>18}")
        for name, values in times.items():
            print(f"{name:28}{statistics.median(a - b for a, b in zip(values, bare, strict=True)):18.0f}")
        import subprocess

        whole = python(f"{load}; [s.action(name) for name in s.paths]; {memory}")
        peak = int(subprocess.run(whole, capture_output=True, text=True, check=True).stdout) / 1024
        print(f"memory with all actions loaded: {peak:.0f} MB")
    print("goals: the listing at most 150 ms over bare Python, memory at most 60 MB")


if __name__ == "__main__":
    main()
