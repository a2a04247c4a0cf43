"""How does the time of the engine grow with synapses, and with inputs that do not spike?

Synapses: the paper's network with more inputs and outputs, learning. A synaptic event is one
synapse that is reached by an input spike, a learning event, or a step of prior and noise. Times are
the difference between a long chunk and one of a single sample, so the start of the program does not
count; the best of three, because machines are noisy.

Silent inputs: 1000 inputs that spike at 12 Hz and more that never do, with frozen synapses. Samples
of 0.2 s and of 20 s tell the time per step from that per sample, in which every input gets a rate
and every synapse its prior and noise.

    python scripts/scaling.py --quick
"""

import argparse
import csv
import tempfile
from pathlib import Path

ARMS = ("none", "weight")
SIZES = ((1000, 10), (1800, 18), (3160, 32), (5600, 56), (10_000, 100))
SILENT = (0, 1000, 9000, 29_000, 99_000)
ACTIVE, RATE = 1000, 12.0  # inputs that spike, and how often, in Hz


def measure_grown(inputs, outputs, arm, seed, quick):
    """Synaptic events, seconds and simulated seconds of a chunk of learning, and the program's peak
    memory in MiB.
    """
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve
    from spikesampler.spiking.build import build
    from spikesampler.spiking.run import run_chunk, silent_state

    p = prepare(
        resolve("fang_2018", noise=arm, samples=1000, set={"I": inputs, "K": outputs}, seed=seed)
    )
    binary, state = build(p.structure), silent_state(p.theta, p.structure)

    def show(n, work, record_inputs=False):
        return run_chunk(
            binary,
            state,
            p.learning.points(0, n),
            p.learning.labels[:n],
            values=p.values,
            centres=p.centres,
            temperature=p.temperature[:n],
            plastic=True,
            seed=seed,
            work=work,
            v=p.v,
            record_inputs=record_inputs,
        )

    events_per_sample = 2.4 * inputs * outputs + 80 * inputs + inputs * outputs
    n = int(min(1000, max(10, (2e7 if quick else 5e8) / events_per_sample)))
    with tempfile.TemporaryDirectory() as work:
        seconds = best(lambda count: show(count, work).engine_seconds, n)
        peak = show(1, work).peak_mib
        spikes = {
            name: len(spikes.times)
            for name, spikes in show(n, work, record_inputs=True).spikes.items()
        }
    events = (
        spikes["inputs"] * outputs
        + (spikes["outputs"] + spikes["teacher"]) * inputs
        + n * inputs * outputs
    )
    return events * (n - 1) / n, seconds, (n - 1) * p.sample_length, peak


def best(seconds_of, n):
    """Seconds of n samples less those of one: the smallest of three."""
    return min(seconds_of(n) for _ in range(3)) - min(seconds_of(1) for _ in range(3))


def silent(number, sample_length, seed):
    """A network with so many silent inputs, its number of samples in 100 s, and a function that
    shows it some.
    """
    import numpy as np

    from spikesampler.language.model import load_model
    from spikesampler.spiking.build import build
    from spikesampler.spiking.run import run_chunk, silent_state
    from spikesampler.spiking.structure import structure_of

    inputs = ACTIVE + number
    length = f"{sample_length}*second"
    model = load_model(
        "fang_2018", I=inputs, r_min="0*Hz", r_max=f"{RATE}*Hz", sample_length=length, grid=length
    )
    capacity = round(100 / sample_length)
    binary = build(
        structure_of(model, arm="none", coding="tuning", num_features=3, capacity=capacity),
    )
    centres = np.full((inputs, 3), 1e3)
    centres[:ACTIVE] = 0
    state = silent_state(np.full((model["K"], inputs), model["mu"]), binary.structure)

    def seconds_of(n):
        with tempfile.TemporaryDirectory() as work:
            return run_chunk(
                binary,
                state,
                np.zeros((n, 3)),
                np.zeros(n),
                values=model.base_values() | {"theta_max": model.theta_max},
                centres=centres,
                temperature=np.zeros(n),
                plastic=False,
                seed=seed,
                work=work,
                record_inputs=False,
            ).engine_seconds

    return capacity, seconds_of


def measure_silent(number, seed):
    """Seconds per step and seconds per sample."""
    short, long = silent(number, 0.2, seed), silent(number, 20.0, seed)
    short, long = ((n, best(seconds_of, n)) for n, seconds_of in (short, long))
    # seconds = (n - 1) (per_sample + steps per_sample * per_step), for 200 and for 20 000 steps
    a, b = short[1] / (short[0] - 1), long[1] / (long[0] - 1)
    per_step = (b - a) / (20_000 - 200)
    return per_step, a - 200 * per_step


def draw(path, grown_rows, silent_rows):
    """Both tables as a log-log figure."""
    from matplotlib import rc_context

    from spikesampler.figures.style import GREY, PALETTE, RC, add_axes, new_figure, save

    with rc_context(RC):
        fig = new_figure(62)
        ax = add_axes(fig, 14, 6, 70, 44)
        for color, arm in zip(PALETTE, ARMS):
            rows = [row for row in grown_rows if row["arm"] == arm]
            ax.loglog(
                [row["synapses"] for row in rows],
                [row["ns_per_event"] for row in rows],
                "o-",
                color=color,
                markersize=3,
                label=arm,
            )
        ax.set(xlabel="synapses", ylabel="time per synaptic event (ns)", ylim=(0.5, 20))
        ax.legend()
        ax = add_axes(fig, 104, 6, 70, 44)
        inputs = [row["inputs"] for row in silent_rows]
        for color, name, label in (
            (PALETTE[0], "us_per_step", "per step of 1 ms"),
            (PALETTE[1], "us_per_sample", "per sample of 200 steps"),
        ):
            ax.loglog(
                inputs,
                [row[name] for row in silent_rows],
                "o-",
                color=color,
                markersize=3,
                label=label,
            )
        first = silent_rows[0]["us_per_step"]
        ax.loglog(
            inputs, [first * n / inputs[0] for n in inputs], ":", color=GREY, label="proportional"
        )
        ax.set(xlabel=f"inputs, of which {ACTIVE} spike at {RATE:g} Hz", ylabel="time (µs)")
        ax.legend()
        return [save(fig, path.with_suffix(suffix)) for suffix in (".png", ".pdf")]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two sizes, one arm and short chunks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="also write the tables as CSV and the figure"
    )
    options = parser.parse_args(arguments)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    sizes, numbers = (SIZES[:2], SILENT[:2]) if options.quick else (SIZES, SILENT)

    print(
        f"{'inputs':>8}{'outputs':>9}{'synapses':>10} "
        f" {'arm':<8}{'/ real time':>11}{'per event':>12}{'peak':>9}"
    )
    grown_rows = []
    for arm in ARMS[1:] if options.quick else ARMS:
        for inputs, outputs in sizes:
            events, seconds, simulated, peak = measure_grown(
                inputs, outputs, arm, options.seed, options.quick
            )
            row = {
                "inputs": inputs,
                "outputs": outputs,
                "synapses": inputs * outputs,
                "arm": arm,
                "events": events,
                "seconds": seconds,
                "ns_per_event": 1e9 * seconds / events,
                "peak_mib": peak,
            }
            grown_rows.append(row)
            print(
                f"{inputs:>8}{outputs:>9}{row['synapses']:>10} "
                f" {arm:<8}{simulated / seconds:>10.1f}x{row['ns_per_event']:>9.2f}"
                f" ns{peak:>5.0f} MiB"
            )
    small, large = grown_rows[0], grown_rows[len(sizes) - 1]
    memory = (
        2**20 * (large["peak_mib"] - small["peak_mib"]) / (large["synapses"] - small["synapses"])
    )
    print(f"memory grows by {memory:.0f} bytes per synapse\n")

    print(f"{'inputs':>8}{'silent':>9}{'per step':>12}{'per sample':>13}")
    silent_rows = []
    for number in numbers:
        per_step, per_sample = measure_silent(number, options.seed)
        row = {
            "inputs": ACTIVE + number,
            "us_per_step": 1e6 * per_step,
            "us_per_sample": 1e6 * per_sample,
        }
        silent_rows.append(row)
        print(
            f"{row['inputs']:>8}{number:>9}{row['us_per_step']:>9.3f}"
            f" µs{row['us_per_sample']:>10.1f} µs"
        )
    if not options.out:
        return
    for name, rows in (("synapses", grown_rows), ("silent", silent_rows)):
        with open(options.out / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    for path in draw(options.out / "scaling", grown_rows, silent_rows):
        print(path)


if __name__ == "__main__":
    main()
