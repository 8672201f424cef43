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

    def row(self, part, what, unit, values, more=False):
        """VALUES by mail system; None is left out. MORE: the higher the better."""
        kept = {name: value for name, value in values.items() if value is not None}
        if kept:
            self.rows.append({"part": part, "what": what, "unit": unit, "more_is_better": more,
                              "values": kept})

    def note(self, words):
        print("# " + words, flush=True)
        self.notes.append(words)

    def show(self, part):
        rows = [row for row in self.rows if row["part"] == part]
        names = sorted({name for row in rows for name in row["values"]}, key=order)
        lines = [[row["what"] + (", " + row["unit"] if row["unit"] else "")] +
                 [cell(row, name) for name in names] for row in rows]
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


def cell(row, name):
    """The value, and in brackets how many times better ours is."""
    value, ours = row["values"].get(name), row["values"].get("mailchute")
    if value is None:
        return "-"
    if name in ("mailchute", "floor") or not ours or not value:
        return number(value)
    return "%s (%sx)" % (number(value), number(ours / value if row["more_is_better"] else value / ours))
