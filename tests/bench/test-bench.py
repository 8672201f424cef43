"""That the benchmark can be run: mailchute alone, with a few messages. What it measures then is nothing."""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = {"line",  # and "cold", which boots a system
          "submit", "drain", "large", "latency", "idle", "recover", "start"}

with tempfile.TemporaryDirectory(prefix="mailchute-test-") as directory:
    path = os.path.join(directory, "bench.json")
    result = subprocess.run([sys.executable, os.path.join(HERE, "bench"), os.environ["top_builddir"],
                             "--alone", "--smoke", "--json", path, *PARTS], capture_output=True, text=True)
    with open(path) as f:
        seen = {row["part"] for row in json.load(f)["rows"] if row["values"]}
GOOD = result.returncode == 0 and seen == PARTS and "#" not in result.stdout
print("1..1")
for line in (result.stdout + result.stderr).splitlines():
    print("# " + line)
print("%s 1 - each part of the benchmark has something to say" % ("ok" if GOOD else "not ok"))
sys.exit(not GOOD)
