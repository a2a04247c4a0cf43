"""What was run, in plain words: from a manifest, or where the runs are gone, from a dataset's
attributes.
"""

from spikesampler.language.noise_arms import ARMS
from spikesampler.language.units import base_values

__all__ = [
    "about",
    "held_out",
    "learnt",
    "listed",
    "seed_numbers",
    "several",
    "sizes",
    "source_of",
    "value",
    "when",
]


def value(one):
    """A value as text, a number to six digits."""
    return f"{one:.6g}" if isinstance(one, float) else str(one)


def several(noun, names):
    """A noun and names: arm weight; arms none, weight."""
    return f"{noun}{'s' * (len(names) > 1)} {', '.join(names)}"


def about(manifest, attrs):
    """A model: name, title, citation."""
    if manifest is None:
        return f"the model {attrs['model']}"
    model = manifest["model"]
    return f"the model {model['name']} ({model['title']}; {model['citation']})"


def source_of(arm):
    """Where a noise arm is from."""
    return ARMS[arm].source if arm in ARMS else "not known to this version"


def sizes(manifest, varied=()):
    """The network's size, where it is known and the same in all runs."""
    if manifest is None or {"I", "K"} & set(varied):
        return "The network"
    found = {name: one["value"] for name, one in manifest["parameters"].items()}
    return f"A network of {found.get('I', '?')} inputs and {found.get('K', '?')} outputs"


def learnt(manifest, attrs):
    """How many samples of what, and how long that is for the animal."""
    samples = int(manifest["settings"]["samples"] if manifest else attrs["samples"])
    data = manifest["data"]["name"] if manifest else attrs["data"]
    length = base_values(manifest["parameters"]).get("sample_length") if manifest else None
    time = ""
    if length:
        time = f" of {1e3 * length:g} ms each, {samples * length:g} s of biological time,"
    return f"{samples} samples{time} of the data {data}"


def held_out(attrs):
    """Samples of probes and test."""
    return (
        f"It was probed on {attrs['probe_samples']} and tested on {attrs['test_samples']} held-out"
        " samples, which are never learnt."
    )


def seed_numbers(seeds):
    """Number and range of the seeds."""
    return (
        f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"
    )


def listed(values):
    """Swept parameters with their values, the first eight of each."""
    return " and ".join(
        f"{name} ({', '.join(map(value, some[:8]))}{', …' * (len(some) > 8)})"
        for name, some in values.items()
    )


def when(manifests):
    """When, by which version and commit; nothing where no manifest is there."""
    if not manifests:
        return ""
    begun = min(one["started"] for one in manifests)
    ended = max(one.get("finished", one["started"]) for one in manifests)
    by = ", ".join(sorted({one["versions"]["spikesampler"] for one in manifests}))
    commits = {str(one["commit"]) for one in manifests}
    return (
        f"Computed from {_clock(begun)} to {_clock(ended)} by spikesampler {by}{_commit(commits)}."
    )


def _clock(stamp):
    """A time stamp of a manifest for people: 2026-11-27 19:08:26 UTC."""
    return stamp.replace("T", " ").replace("+00:00", " UTC")


def _commit(commits):
    """The commit of all runs; nothing where none is known, or there are several: the machine's
    table has them.

    The end -dirty says that the code had been changed since.
    """
    one = next(iter(commits))
    if len(commits) > 1 or one == "None":
        return ""
    changed = " with changes that were not committed" if one.endswith("-dirty") else ""
    return f", commit {one.removesuffix('-dirty')[:12]}{changed}"
