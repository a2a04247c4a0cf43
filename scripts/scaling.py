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


def best(seconds_of, n):
    """Seconds of n samples less those of one: the smallest of three."""
    return min(seconds_of(n) for _ in range(3)) - min(seconds_of(1) for _ in range(3))


def learner(inputs, outputs, arm, seed):
    """A function that shows the first n samples to the network, and the length of a sample in s."""
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve
    from spikesampler.spiking.build import build
    from spikesampler.spiking.run import run_chunk
    from spikesampler.spiking.state import silent_state

    sizes = {"I": inputs, "K": outputs}
    p = prepare(resolve("fang_2018", noise=arm, samples=1000, set=sizes, seed=seed))
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
            matched_power=p.v,
            record_inputs=record_inputs,
        )

    return show, p.sample_length


def measure_grown(inputs, outputs, arm, seed, quick):
    """A row of the first table: a chunk of learning, its events, and the program's peak memory."""
    show, sample_length = learner(inputs, outputs, arm, seed)
    synapses = inputs * outputs
    n = int(min(1000, max(10, (2e7 if quick else 5e8) / (3.4 * synapses + 80 * inputs))))
    with tempfile.TemporaryDirectory() as work:
        seconds = best(lambda count: show(count, work).engine_seconds, n)
        peak = show(1, work).peak_mib
        recorded = show(n, work, record_inputs=True).spikes
    spikes = {name: len(population.times) for name, population in recorded.items()}
    learning = (spikes["outputs"] + spikes["teacher"]) * inputs
    events = (spikes["inputs"] * outputs + learning + n * synapses) * (n - 1) / n
    row = {
        "inputs": inputs,
        "outputs": outputs,
        "synapses": synapses,
        "arm": arm,
        "events": events,
        "seconds": seconds,
        "ns_per_event": 1e9 * seconds / events,
        "peak_mib": peak,
    }
    print(
        f"{inputs:>8}{outputs:>9}{synapses:>10}  {arm:<8}"
        f"{(n - 1) * sample_length / seconds:>10.1f}x{row['ns_per_event']:>9.2f} ns"
        f"{peak:>5.0f} MiB"
    )
    return row


def silent(number, sample_length, seed):
    """A network with so many silent inputs: its number of samples in 100 s, and a function that
    gives the seconds of n samples.
    """
    import numpy as np

    from spikesampler.language.arm_option import arm_of
    from spikesampler.language.model import load_model
    from spikesampler.spiking.build import build
    from spikesampler.spiking.run import run_chunk
    from spikesampler.spiking.state import silent_state
    from spikesampler.spiking.structure import structure_of

    inputs, length = ACTIVE + number, f"{sample_length}*second"
    rates = {"r_min": "0*Hz", "r_max": f"{RATE}*Hz"}
    model = load_model("fang_2018", I=inputs, sample_length=length, grid=length, **rates)
    capacity = round(100 / sample_length)
    _, arm = arm_of("none", model.rule, model.parameters)
    structure = structure_of(model, arm=arm, coding="tuning", num_features=3, capacity=capacity)
    binary = build(structure)
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
                values=model.base_values()
                | dict(zip(("theta_low", "theta_high"), model.theta_bounds)),
                centres=centres,
                temperature=np.zeros(n),
                plastic=False,
                seed=seed,
                work=work,
                record_inputs=False,
            ).engine_seconds

    return capacity, seconds_of


def measure_silent(number, seed):
    """A row of the second table: the time per step and per sample of 200 steps.

    seconds = (n - 1) (per_sample + steps per_sample * per_step), for 200 and for 20 000 steps.
    """
    seconds = []
    for sample_length in (0.2, 20.0):
        n, seconds_of = silent(number, sample_length, seed)
        seconds.append(best(seconds_of, n) / (n - 1))
    short, long = seconds
    per_step = (long - short) / (20_000 - 200)
    row = {
        "inputs": ACTIVE + number,
        "us_per_step": 1e6 * per_step,
        "us_per_sample": 1e6 * (short - 200 * per_step),
    }
    print(
        f"{row['inputs']:>8}{number:>9}{row['us_per_step']:>9.3f} µs"
        f"{row['us_per_sample']:>10.1f} µs"
    )
    return row


def draw(path, grown, silent):
    """Both tables as a log-log figure."""
    from matplotlib import rc_context

    from spikesampler.figures.style import GREY, PALETTE, RC, add_axes, new_figure, save

    look = {"marker": "o", "markersize": 3}
    with rc_context(RC):
        fig = new_figure(62)
        ax = add_axes(fig, 14, 6, 70, 44)
        for color, arm in zip(PALETTE, ARMS):
            points = [(row["synapses"], row["ns_per_event"]) for row in grown if row["arm"] == arm]
            if points:
                ax.loglog(*zip(*points), color=color, label=arm, **look)
        ax.set(xlabel="synapses", ylabel="time per synaptic event (ns)", ylim=(0.5, 20))
        ax.legend()
        ax = add_axes(fig, 104, 6, 70, 44)
        inputs = [row["inputs"] for row in silent]
        steps = [row["us_per_step"] for row in silent]
        samples = [row["us_per_sample"] for row in silent]
        ax.loglog(inputs, steps, color=PALETTE[0], label="per step of 1 ms", **look)
        ax.loglog(inputs, samples, color=PALETTE[1], label="per sample of 200 steps", **look)
        proportional = [steps[0] * n / inputs[0] for n in inputs]
        ax.loglog(inputs, proportional, ":", color=GREY, label="proportional")
        ax.set(xlabel=f"inputs, of which {ACTIVE} spike at {RATE:g} Hz", ylabel="time (µs)")
        ax.legend()
        return [save(fig, path.with_suffix(suffix)) for suffix in (".png", ".pdf")]


def write_csv(path, rows):
    """Rows {column: value} as a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def measure_all(seed, quick, folder=None):
    """Measure and print both tables; into a folder also as CSV, and as a figure."""
    arms, sizes, numbers = (ARMS[1:], SIZES[:2], SILENT[:2]) if quick else (ARMS, SIZES, SILENT)
    print(
        f"{'inputs':>8}{'outputs':>9}{'synapses':>10}  {'arm':<8}{'/ real time':>11}"
        f"{'per event':>12}{'peak':>9}"
    )
    grown = [measure_grown(*size, arm, seed, quick) for arm in arms for size in sizes]
    small, large = grown[0], grown[len(sizes) - 1]
    memory = 2**20 * (large["peak_mib"] - small["peak_mib"])
    per_synapse = memory / (large["synapses"] - small["synapses"])
    print(f"memory grows by {per_synapse:.0f} bytes per synapse\n")

    print(f"{'inputs':>8}{'silent':>9}{'per step':>12}{'per sample':>13}")
    silent = [measure_silent(number, seed) for number in numbers]
    if folder:
        write_csv(folder / "synapses.csv", grown)
        write_csv(folder / "silent.csv", silent)
        print(*draw(folder / "scaling", grown, silent), sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two sizes, one arm and short chunks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="also write the tables as CSV and the figure"
    )
    options = parser.parse_args()
    measure_all(options.seed, options.quick, options.out)


if __name__ == "__main__":
    main()
