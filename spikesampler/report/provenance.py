"""Tables of a report about where its runs came from: stimuli, software, machine, checksums."""

import hashlib
import math
from pathlib import Path

from spikesampler.errors import printable
from spikesampler.experiments.printed import printed_number
from spikesampler.language.arm_places import label_of
from spikesampler.report.tables import MOST_ROWS, Table
from spikesampler.report.texts import plain


def data(manifest):
    """What the stimuli were: the facts that fit a line; None without a manifest."""
    if manifest is None:
        return None
    rows = [
        [name.replace("_", " "), _line(one)]
        for name, one in manifest["data"].items()
        if not _nested(one)
    ]
    return Table("The stimuli", ["What", "Which"], [row for row in rows if len(row[1]) <= 400])


def _nested(one):
    return isinstance(one, list) and bool(one) and isinstance(one[0], list)


def _line(one):
    if isinstance(one, dict):
        return ", ".join(f"{name}: {_line(part)}" for name, part in one.items())
    return ", ".join(map(_line, one)) if isinstance(one, list) else plain(one)


def machine(manifest, attrs, commits):
    """Versions, compiler and processor, from a manifest or from a dataset's attributes."""
    rows = [["Commit", ", ".join(commits)]]
    if manifest is None:
        rows += [
            [name.capitalize(), str(attrs.get(name))] for name in ("versions", "cpu", "compiler")
        ]
    else:
        build = manifest["build"]
        rows += [[name, text] for name, text in manifest["versions"].items()]
        rows += [
            ["Processor", build["cpu"]],
            ["Compiler", build["compiler"][1]],
            ["Compiler's flags", " ".join(build["flags"])],
            ["System", manifest["host"]["system"]],
        ]
    return Table("Software and machine of the runs", ["What", "Which"], rows)


def runs(manifests):
    """A line for every run of a comparison or a sweep: {name of folder: manifest}."""
    head = ["Folder", "Arm", "Start", "Seed", "Status", "Test", "Finished"]
    head.append("Checksum of its manifest")
    rows = []
    for name, run in manifests.items():
        test = (run.get("results") or {}).get("test_accuracy")
        test = printed_number(math.nan if test is None else test, ".3f")
        settings = [
            label_of(run["settings"]["noise"]),
            printable(Path(run["start"]).name),
            str(run["seed"]),
        ]
        ended = [run["status"], test, run.get("finished", "–"), run["checksum"]]
        rows.append([name, *settings, *ended])
    more = (f"At most {MOST_ROWS} runs are listed.",) if len(rows) == MOST_ROWS else ()
    return Table("The runs", head, rows, more)


def files(paths):
    """SHA-256 of files, those of them that are there."""
    rows = [
        [path.name, hashlib.sha256(path.read_bytes()).hexdigest()]
        for path in paths
        if path.is_file()
    ]
    return Table("SHA-256 of the files that this report was made from", ["File", "SHA-256"], rows)
