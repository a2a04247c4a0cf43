"""The network's own weight changes are stochastic gradient ascent on J: Fang, Yu & Chen (2018), Eq.
(2), measured.

At a frozen theta, the sum of the changes that teacher events and output spikes make is compared
with what J says of the PSPs that were there. In a step of dt, the label's neuron has a teacher
event with probability rho dt and output k spikes with probability rho dt p_k(x), independently. So,
given the input spikes, the sum over steps t has

    mean      rho dt sum_t (h - p) g,     the gradient of J (without the prior) on the snapshots
        x(t),
    variance  sum_t rho dt [h (1 - rho dt) + p (1 - rho dt p)] g^2,     per synapse,

and its error must fall with the number of events n as n^(-1/2), without a floor. Against J
smoothed, on the mean PSP of each sample, it must end at the bias of that. Theta is frozen by its
learning rate of 1e-10/s, at which an event still moves it by far more than float64 rounds, and set
back at every chunk; the prior's share is known and taken off. The bounds of theta are lifted for
the measurement: a synapse on its bound can only move inwards, which is no gradient.

prior    theta as a run starts it      learnt   after learning without noise      plateau  the other
    start

Beside it: Hessian-vector products and gradients from m sampled output spikes a pattern
(`landscape.sampled`).

    python scripts/fang_2018_gradient.py --out gradient
"""

import sys
import tempfile
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy import optimize, special, stats

from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.sampled import sampled_gradient, sampled_hvp, sampled_value
from spikesampler.spiking.build import build
from spikesampler.spiking.run import run_chunk, silent_state
from spikesampler.stimuli import tuning_rates
from spikesampler.stimuli.psp import psp_patterns
from spikesampler.stimuli.seeds import generator
from spikesampler.studies.scripting import dataset_script

STARTS = ("prior", "learnt", "plateau")
RATE = 1e-10  # 1/s, learning rate of the measurement: theta moves by 1e-5 at most in a chunk
FREE = {"theta_min": -1e3, "theta_max": 1e3}  # bounds out of reach
SPIKES = (1, 2, 4, 8, 16, 32)
EDGES = np.linspace(-4, 4, 41)  # of the histogram of error/standard error
#: a chunk is a run of the network; streams are disjoint sets of chunks, each a measurement of its
#: own
FULL = {
    "streams": 8,
    "chunks": 64,
    "samples": 8,
    "learn": 5000,
    "patterns": 1000,
    "repeats": 400,
    "set": {},
}
QUICK = {
    "streams": 4,
    "chunks": 8,
    "samples": 8,
    "learn": 500,
    "patterns": 200,
    "repeats": 100,
    "set": {"I": 200, "K": 5, "D": 2},
}


class Network(NamedTuple):
    """A compiled network with what it is shown, its values in base units, and a folder for its
    files.
    """

    binary: object
    prepared: object
    work: str
    seed: int

    @property
    def values(self):
        return self.prepared.values

    @property
    def steps(self):
        """Steps in a sample."""
        return round(self.values["sample_length"] / self.values["dt"])

    @property
    def chance(self):
        """Probability of an event in a step, of the teacher and of all outputs together."""
        return self.values["rho"] * self.values["dt"]

    def show(self, state, first, last, *words, record_inputs=True, **changes):
        """Chunk of the learning samples first..last-1, plastic and without noise."""
        p, seed = (
            self.prepared,
            generator(self.seed, "gradient", *words, str(first)).integers(2**32, dtype=np.uint32),
        )
        return run_chunk(
            self.binary,
            state,
            p.learning.points(first, last),
            p.learning.labels[first:last],
            values=p.values | changes,
            centres=p.centres,
            temperature=np.zeros(last - first),
            plastic=True,
            seed=seed,
            work=self.work,
            record_inputs=record_inputs,
        )

    def objective(self, patterns, labels, amplification):
        names = ("theta_0", "alpha", "mu", "sigma")
        return SynapticObjective(
            patterns,
            labels,
            self.values["K"],
            amplification=amplification,
            **{name: self.values[name] for name in names},
        )


class Measured(NamedTuple):
    """Chunks of one theta: sums of weight changes over b N 1 s, (chunk, K, I), and what is said of
    them.

    changes: of the network; snapshots, means: their expectation from either kind of PSP; variance
    (chunk, K, I): of the changes, given the input spikes; events (chunk,): how many.
    """

    changes: np.ndarray
    snapshots: np.ndarray
    means: np.ndarray
    variance: np.ndarray
    events: np.ndarray


def snapshots(network, state, chunk, num_samples):
    """x at every step of a chunk that began with this state, (steps, I)."""
    values, spikes = network.values, chunk.spikes["inputs"]
    slow, fast = state.x_slow.copy(), state.x_fast.copy()
    decay_slow, decay_fast = (np.exp(-values["dt"] / values[tau]) for tau in ("tau_m", "tau_s"))
    x = np.empty((num_samples * network.steps, len(slow)))
    begins = np.searchsorted(np.rint(spikes.times / values["dt"]), np.arange(len(x) + 1))
    for step in range(len(x)):
        slow *= decay_slow
        fast *= decay_fast
        np.subtract(
            slow, fast, out=x[step]
        )  # a spike adds 1 to both, so x sees it in the next step
        neurons = spikes.neurons[begins[step] : begins[step + 1]]
        slow[neurons] += 1.0
        fast[neurons] += 1.0
    return x


def score_sum(objective, theta):
    """amplification sum_n (h - p) g, (K, I): the gradient without the prior's part."""
    return objective.gradient(theta) + (theta - objective.mu) / objective.sigma**2


def squared_sum(objective, theta, weights):
    """sum_n weights_nk g_nki^2, (K, I), for weights (n, K)."""
    point, x = objective.at(theta), objective.patterns
    return point.weight**2 * (
        weights.T @ (x * x)
        - 2 * point.intensity * (weights.T @ x)
        + point.intensity**2 * weights.sum(axis=0)[:, np.newaxis]
    )


def one_hot(objective):
    return np.eye(objective.shape[0])[objective.labels]


def own_changes(network, theta, chunk, num_samples):
    """Sum of the changes that events made, over b N 1 s: all of theta's way but the prior's."""
    v = network.values
    drift = num_samples * v["sample_length"] * (v["mu"] - theta) / v["sigma"] ** 2
    return ((chunk.state.theta - theta) / RATE - drift) / v["N"]


def measure(network, name, theta, num_chunks, samples):
    """Measured at theta: chunks of so many samples; PSPs are carried over from chunk to chunk,
    theta is not.
    """
    found, state, chance = [], silent_state(theta, network.prepared.structure), network.chance
    for number in range(num_chunks):
        first, last = number * samples, (number + 1) * samples
        chunk = network.show(state, first, last, name, b=RATE, **FREE)
        x, labels = (
            snapshots(network, state, chunk, samples),
            network.prepared.learning.labels[first:last],
        )
        fine = network.objective(x, np.repeat(labels, network.steps), chance)
        coarse = network.objective(
            x.reshape(samples, network.steps, -1).mean(axis=1), labels, chance * network.steps
        )
        h, p = one_hot(fine), fine.at(theta).probability
        weights = chance * (h * (1 - chance) + p * (1 - chance * p))
        events = sum(len(chunk.spikes[name].times) for name in ("teacher", "outputs"))
        found.append(
            (
                own_changes(network, theta, chunk, samples),
                score_sum(fine, theta),
                score_sum(coarse, theta),
                squared_sum(fine, theta, weights),
                events,
            )
        )
        state = chunk.state._replace(theta=theta)
    return Measured(*map(np.array, zip(*found)))


def learnt(network, num_samples):
    """Theta after learning num_samples samples from the start, without noise."""
    state = silent_state(network.prepared.theta, network.prepared.structure)
    for first in range(0, num_samples, 1000):
        state = network.show(
            state, first, min(num_samples, first + 1000), "learn", record_inputs=False
        ).state
    return state.theta


def fresh_patterns(network, num_samples, *words):
    """Snapshots of new samples of the same task, one each, with spikes drawn for the purpose; and
    their labels.
    """
    v, words = network.values, ("gradient", "fresh", *words)
    samples = network.prepared.source.draw(
        "test", num_samples, generator(network.seed, *words).integers(2**31)
    )
    tuning = (v["r_min"], v["r_max"], v["tuning_width"], v["tuning_factor"])
    rates = (
        tuning_rates(samples.points(i, i + 64), network.prepared.centres, *tuning)
        for i in range(0, num_samples, 64)
    )
    times = {name: v[name] for name in ("sample_length", "dt", "tau_m", "tau_s")}
    return psp_patterns(rates, generator(network.seed, *words, "spikes"), **times), samples.labels


# --- what the chunks say -----


def block_errors(errors, size):
    """Norm of the summed errors (chunk, synapse) of each disjoint block of `size` chunks,
    (n_block,).
    """
    blocks = errors[: len(errors) // size * size].reshape(-1, size, errors.shape[1]).sum(axis=1)
    return np.sqrt((blocks**2).sum(axis=1))


def mean_interval(values):
    """Mean and its 95 % interval by Student's t, (3,)."""
    mean, half = np.mean(values), stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    return np.array([mean, mean - half, mean + half])


def slope(errors, streams):
    """Slope of log error against log number of events, fitted in each stream: mean and 95 %
    interval.
    """
    split = errors.reshape(streams, -1, errors.shape[1])
    sizes = 2 ** np.arange(int(np.log2(split.shape[1])) + 1)
    curves = [[np.linalg.norm(one[:size].sum(axis=0)) / size for size in sizes] for one in split]
    return mean_interval([np.polyfit(np.log(sizes), np.log(curve), 1)[0] for curve in curves])


def degrees_of_freedom(errors):
    """(tr S)^2 / tr S^2 for errors (chunk, synapse) of covariance S: as many independent ones
    scatter alike.
    """
    products, n = errors @ errors.T, len(errors)
    trace = np.trace(products) / n
    np.fill_diagonal(products, 0.0)
    return trace**2 * n * (n - 1) / (products**2).sum()


def scatter(dof, blocks):
    """95 % bounds of the root mean square over blocks of errors of standard error 1, (2, n) for
    blocks (n,).
    """
    return np.sqrt([stats.chi2.ppf(q, dof * blocks) / (dof * blocks) for q in (0.025, 0.975)])


def floor(ratio, dof):
    """Norm of a constant error, over the standard error, from a squared error of `ratio` standard
    errors squared.

    Middle, and 95 % bounds: dof ratio is chi-square with dof degrees of freedom, shifted by dof
    floor^2.
    """

    def bound(probability):
        def excess(shift):
            return stats.ncx2.cdf(dof * ratio, dof, shift) - probability

        return optimize.brentq(excess, 1e-9, 100 + 9 * dof * ratio) if excess(1e-9) > 0 else 0.0

    return np.sqrt([max(ratio - 1, 0.0), bound(0.975) / dof, bound(0.025) / dof])


def law(found, streams):
    """Numbers and curves of one Measured, by name."""
    n, flat = (
        len(found.events),
        {name: getattr(found, name).reshape(len(found.events), -1) for name in found._fields},
    )
    errors = {kind: flat["changes"] - flat[kind] for kind in ("snapshots", "means")}
    exact, bias = flat["snapshots"].mean(axis=0), (flat["means"] - flat["snapshots"]).mean(axis=0)
    scale, sizes = np.linalg.norm(exact), 2 ** np.arange(int(np.log2(n)) + 1)
    total, spread = (
        flat["variance"].sum(axis=1),
        (flat["means"] - flat["snapshots"]).var(axis=0, ddof=1).sum(),
    )
    told = {
        "events": sizes * found.events.mean(),
        "gradient_norm": scale / found.events.mean(),
        "predicted": np.sqrt(total.mean() / sizes) / scale,
        "bias": np.linalg.norm(bias) / scale,
        "bias_error": np.sqrt(spread / n) / scale,
        "cosine": exact @ (exact + bias) / scale / np.linalg.norm(exact + bias),
    }
    for kind, one in errors.items():
        told[kind] = (
            np.array([np.sqrt(np.mean(block_errors(one, size) ** 2)) / size for size in sizes])
            / scale
        )
        told[f"slope_{kind}"] = slope(one, streams)
    told["dof"] = degrees_of_freedom(errors["snapshots"])
    told["low"], told["high"] = told["predicted"] * scatter(told["dof"], n // sizes)
    ratio = (told["snapshots"][-1] / told["predicted"][-1]) ** 2
    told["floor"] = told["predicted"][-1] * floor(ratio, told["dof"])
    told["probability"] = stats.chi2.sf(told["dof"] * ratio, told["dof"])
    told["chi_square"] = mean_interval((errors["snapshots"] ** 2 / flat["variance"]).mean(axis=1))
    told["norm_ratio"] = mean_interval((errors["snapshots"] ** 2).sum(axis=1) / total)
    summed, variance = (
        one.reshape(streams, -1, one.shape[1]).sum(axis=1)
        for one in (errors["snapshots"], flat["variance"])
    )
    told["histogram"] = np.histogram(summed / np.sqrt(variance), EDGES, density=True)[0]
    return told


def on_bound(network, theta, found):
    """How many synapses lie on a bound of theta, and their part of the squared norm of the
    gradient.
    """
    there, squares = (
        np.isin(theta, [network.values[name] for name in FREE]),
        found.snapshots.mean(axis=0) ** 2,
    )
    return {"on_bound": int(there.sum()), "bound_share": squares[there].sum() / squares.sum()}


def fresh_law(network, theta, found, patterns, labels, streams):
    """The network's mean change against the gradient from other samples and spikes: distance, and
    what it should be.

    Relative distance of all, its standard error, and the mean of (distance/standard error)^2 of the
    streams.
    """
    per_sample, K = network.steps * network.chance, network.values["K"]
    samples = len(labels) // streams
    pairs = []
    for own, part in zip(
        found.changes.reshape(streams, -1, *theta.shape),
        np.split(np.arange(streams * samples), streams),
    ):
        objective = network.objective(patterns[part], labels[part], 1.0)
        error = np.eye(K)[labels[part]] - objective.at(theta).probability
        mean = score_sum(objective, theta) / samples
        spread = squared_sum(objective, theta, error**2) / samples - mean**2
        size = samples * streams // len(found.events)  # samples in a chunk
        variance = own.var(axis=0, ddof=1) / (len(own) * size**2) + per_sample**2 * spread / (
            samples - 1
        )
        pairs.append((own.mean(axis=0) / size - per_sample * mean, variance.sum()))
    differences, variances = map(np.array, zip(*pairs))
    scale = np.linalg.norm(found.snapshots.mean(axis=0)) / size
    ratios = (differences.reshape(streams, -1) ** 2).sum(axis=1) / variances
    return {
        "fresh": np.linalg.norm(differences.mean(axis=0)) / scale,
        "fresh_ratio": mean_interval(ratios),
        "fresh_error": np.sqrt(variances.mean() / streams) / scale,
    }


def sampled(network, theta, patterns, labels, repeats):
    """Bias and spread of the sampled versions against the number of spikes a pattern, by name."""
    rng, spikes = generator(network.seed, "gradient", "sampled"), np.array(SPIKES)
    objective = network.objective(patterns, labels, 1.0)
    v = rng.standard_normal(theta.shape)
    v /= np.linalg.norm(v)
    point, truth = objective.at(theta), float((v * objective.hvp(theta, v)).sum())
    fisher, gradient = float((point.diagonal * v * v).sum()) - truth, point.gradient
    p = point.probability
    variance = squared_sum(objective, theta, p * (1 - p)).sum()
    told = {"gradient_predicted": np.sqrt(variance / spikes) / np.linalg.norm(gradient)}
    errors = [
        [
            np.sum((sampled_gradient(objective, theta, rng, m) - gradient) ** 2)
            for _ in range(repeats)
        ]
        for m in SPIKES
    ]
    told["gradient_error"] = np.sqrt(np.mean(errors, axis=1)) / np.linalg.norm(gradient)
    for name, correct in (("plug_in", False), ("corrected", True)):
        found = np.array(
            [
                (
                    [
                        (v * sampled_hvp(objective, theta, v, rng, m, correct)).sum()
                        for _ in range(repeats)
                    ]
                    if m > correct
                    else [np.nan] * repeats
                )
                for m in SPIKES
            ]
        )
        found = (found - truth) / fisher
        told[f"{name}_bias"], told[f"{name}_sd"] = (
            np.array([mean_interval(one) for one in found]),
            found.std(1, ddof=1),
        )
    values = [sampled_value(objective, theta, rng) for _ in range(repeats)]
    right = p[np.arange(len(p)), objective.labels]
    told["value"] = np.array(
        [
            objective.value(theta),
            np.mean(values),
            np.std(values, ddof=1) / np.sqrt(repeats),
            np.std(values, ddof=1),
            np.sqrt(special.spence(right).sum()),
        ]
    )
    return told


# --- dataset, figure, words -----

DIMS = dict.fromkeys(("events", "predicted", "low", "high", "snapshots", "means"), "size") | {
    "histogram": "bin"
}
BOUNDS = ("slope_snapshots", "slope_means", "floor", "chi_square", "norm_ratio", "fresh_ratio")


def gather(seed, streams, chunks, samples, learn, patterns, repeats, **chosen):
    """Everything measured, as one Dataset."""
    total = streams * chunks
    prepared = prepare(
        resolve("fang_2018", noise="none", samples=max(total * samples, learn), seed=seed, **chosen)
    )
    plateau = prepare(
        resolve("fang_2018", noise="none", start="plateau", samples=1, seed=seed, **chosen)
    ).theta
    binary = build(
        prepared.structure, lambda text: print(f"fang_2018_gradient: {text}", file=sys.stderr)
    )
    told = {}
    with tempfile.TemporaryDirectory(prefix="fang_2018_gradient-") as work:
        network = Network(binary, prepared, work, seed)
        thetas = dict(zip(STARTS, (prepared.theta, learnt(network, learn), plateau)))
        fresh, labels = fresh_patterns(network, total * samples)
        for name, theta in thetas.items():
            found = measure(network, name, theta, total, samples)
            told[name] = law(found, streams) | fresh_law(
                network, theta, found, fresh, labels, streams
            )
            told[name] |= on_bound(network, theta, found)
            print(f"fang_2018_gradient: {name} measured", file=sys.stderr)
        noisy = sampled(network, thetas["learnt"], fresh[:patterns], labels[:patterns], repeats)
    variables = {
        name: (
            ("start", *([DIMS[name]] if name in DIMS else ["bound"] if name in BOUNDS else [])),
            np.array([told[start][name] for start in STARTS]),
        )
        for name in told["prior"]
    }
    for name, values in noisy.items():
        dims = ("spikes", "bound")[: values.ndim] if name != "value" else ("of_value",)
        variables[f"sampled_{name}"] = (dims, values)
    coords = {
        "start": list(STARTS),
        "bound": ["mean", "low", "high"],
        "spikes": list(SPIKES),
        "bin": (EDGES[1:] + EDGES[:-1]) / 2,
        "of_value": ["exact", "mean", "standard_error", "sd", "sd_exact"],
    }
    attrs = {
        "seed": seed,
        "streams": streams,
        "chunks": total,
        "samples_per_chunk": samples,
        "learn": learn,
        "patterns": patterns,
        "repeats": repeats,
        "rate": RATE,
        **{name: network.values[name] for name in ("I", "K", "D", "rho", "dt", "N")},
    }
    return xr.Dataset(variables, coords, attrs)


def draw(dataset):
    from spikesampler.studies.fang_2018.gradient_figure import gradient_figure

    arrays, lines = {}, np.linspace(-4, 4, 161)
    shown = np.concatenate([dataset[name].values.ravel() for name in ("snapshots", "means", "low")])
    for start in STARTS:
        one = dataset.sel(start=start)
        arrays[f"convergence {start}"] = {
            name: one[name].values
            for name in ("events", "snapshots", "means", "predicted", "low", "high")
        }
        arrays[f"convergence {start}"] |= {
            "floor": float(one["bias"]),
            "limits": (shown.min() / 1.5, 1.5 * shown.max()),
        }
    arrays["error_law"] = {
        "edges": EDGES,
        "densities": dict(zip(STARTS, dataset["histogram"].values)),
        "line": np.array([lines, stats.norm.pdf(lines)]),
    }
    spikes = dataset["spikes"].values
    arrays["curvature_bias"] = {
        "spikes": spikes,
        "plug_in": dataset["sampled_plug_in_bias"].values.T,
        "corrected": dataset["sampled_corrected_bias"].values.T,
        "theory": 1 / spikes,
    }
    arrays["spread"] = {
        "spikes": spikes,
        "theory": dataset["sampled_gradient_predicted"].values,
        "gradient": dataset["sampled_gradient_error"].values,
        "plug_in": dataset["sampled_plug_in_sd"].values,
        "corrected": dataset["sampled_corrected_sd"].values,
    }
    return gradient_figure(arrays)


def bounds(values, digits=3):
    """Middle [low, high]."""
    middle, low, high = (f"{one:.{digits}f}".replace("-", "−") for one in values)
    return f"{middle} [{low}, {high}]"


def report(dataset):
    """What was found, in words."""
    lines = []
    for start in STARTS:
        one = dataset.sel(start=start)
        value = {
            name: one[name].values
            for name in one.data_vars
            if one[name].dims in ((), ("size",), ("bound",))
        }
        lines += [
            (
                f"theta: {start}; {value['events'][-1]:.0f} events; mean change of an event, in w"
                f" (x − alpha e^w): norm {value['gradient_norm']:.3g}"
            ),
            (
                f"  snapshots: slope {bounds(value['slope_snapshots'])}; relative error at the end"
                f" {value['snapshots'][-1]:.4f}, its standard error {value['predicted'][-1]:.4f}"
                f" (95 %: {value['low'][-1]:.4f} to {value['high'][-1]:.4f} for {value['dof']:.1f}"
                f" degrees of freedom; one as large has probability {value['probability']:.2g})"
            ),
            (
                f"    (error/standard error)^2 per synapse {bounds(value['chi_square'])}, of the"
                f" norm {bounds(value['norm_ratio'])}; floor {bounds(value['floor'], 4)}"
            ),
            (
                f"    {value['on_bound']} of the synapses on a bound, with"
                f" {value['bound_share']:.3f} of the gradient's squared norm"
            ),
            (
                f"  means: slope {bounds(value['slope_means'])}; relative error at the end"
                f" {value['means'][-1]:.4f}; bias of the smoothed gradient {value['bias']:.4f} ±"
                f" {value['bias_error']:.4f}, cosine {value['cosine']:.5f}"
            ),
            (
                f"  other samples and spikes, snapshots: relative distance {value['fresh']:.4f},"
                f" its standard error {value['fresh_error']:.4f}; (distance/standard error)^2 of"
                f" {dataset.attrs['streams']} parts {bounds(value['fresh_ratio'], 2)}"
            ),
        ]
    lines.append(
        "Sampled versions at the learnt theta, by spikes a pattern: bias of v^T H v over its Fisher"
        " term, plug-in (theory 1/m), corrected (0); relative error of the gradient (theory)"
    )
    for m in SPIKES:
        one = dataset.sel(spikes=m)
        corrected = bounds(one["sampled_corrected_bias"].values) if m > 1 else "needs two spikes"
        lines.append(
            f"  m={m:<3} {bounds(one['sampled_plug_in_bias'].values)} ({1 / m:.3f});  {corrected}; "
            f" {one['sampled_gradient_error']:.4f} ({one['sampled_gradient_predicted']:.4f})"
        )
    exact, mean, error, sd, known = dataset["sampled_value"].values
    lines.append(
        f"  J from waiting times: {mean:.2f} ± {error:.2f}, exactly {exact:.2f}; standard deviation"
        f" {sd:.2f}, in theory {known:.2f}"
    )
    return "\n".join(lines)


def main(arguments=None):
    quick_help = "a small network and few events: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="fang_2018_gradient")


if __name__ == "__main__":
    sys.exit(main())
