"""What was measured: rows of one value for each mail system, as a table and as JSON."""

import json
import platform
import subprocess
import time


class Report:
    def __init__(self):
        self.rows = []
        self.notes = []
        self.began = time.time()

    def row(self, part, what, unit, values, **how):
        """VALUES by mail system; None is left out. HOW it was measured, as words for the JSON."""
        kept = {name: value for name, value in values.items() if value is not None}
        if kept:
            self.rows.append({"part": part, "what": what, "unit": unit, "values": kept, **how})

    def note(self, words):
        print("# " + words, flush=True)
        self.notes.append(words)

    def show(self, part):
        rows = [row for row in self.rows if row["part"] == part]
        names = sorted({name for row in rows for name in row["values"]}, key=order)
        lines = [["%s, %s" % (row["what"], row["unit"])] +
                 [cell(row["values"], name) for name in names] for row in rows]
        table = [[part] + names] + lines
        widths = [max(len(line[i]) for line in table) for i in range(len(names) + 1)]
        for number, line in enumerate(table):
            print("| %s |" % " | ".join(
                text.ljust(width) if i == 0 else text.rjust(width)
                for i, (text, width) in enumerate(zip(line, widths))))
            if number == 0:
                print("|%s|" % "|".join("-" * (width + 2) for width in widths))
        print(flush=True)

    def write(self, path):
        about = {"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began)),
                 "seconds": round(time.time() - self.began), "kernel": platform.release(),
                 "processors": int(subprocess.check_output(["nproc"])), "notes": self.notes}
        with open(path, "w") as f:
            json.dump({**about, "rows": self.rows}, f, indent=1)
            f.write("\n")


def order(name):
    """Ours, the floor, then the others."""
    return (name != "mailchute", name != "floor", name)


def number(value):
    if value == 0:
        return "0"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return "{:,.{}f}".format(value, digits)


def cell(values, name):
    """The value, and in brackets how many times ours that is."""
    if name not in values:
        return "-"
    ours = values.get("mailchute")
    if name in ("mailchute", "floor") or not ours or not values[name]:
        return number(values[name])
    return "%s (%sx)" % (number(values[name]), number(values[name] / ours))
