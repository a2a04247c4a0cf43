"""The arguments of a run, a comparison, a sweep and of the saddle criterion, each declared once."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from spikesampler.experiments.arguments import AnyPath, Argument
from spikesampler.experiments.at_probes import OnProbe
from spikesampler.jobs.progress import Say

MOST_RUNS = 100_000  #: of a comparison or a sweep, whose results have to fit in memory
SAMPLES = 43_200  #: 2.4 h of 200 ms samples (Fang et al. 2018)
#: of any run, as a longer one has to have those of a shorter one: they decide the random numbers
PROBE_EVERY = 1_000
AVERAGE = 20  #: snapshots: more of them change a mean answer by less than its samples do

MODEL = Argument(
    "model",
    "fang_2018",
    "Name of a model, path of a model file, or a Model.",
    flags=(),
    python_type="str | os.PathLike[str] | Model",
)
NOISE = Argument(
    "noise",
    None,
    (
        "Noise arm, such as weight:noise_scale=0.3:schedule=linear, or written out, such as"
        " mine=2*b*N*w**2, its variance per second; by default the model's. `show MODEL` lists"
        " them."
    ),
    metavar="ARM",
)
SEED = Argument(
    "seed",
    1,
    "Decides stimuli, start and all random numbers: same seed, same bits on one machine.",
    least=0,
    most=2**63 - 1,
)
START = Argument(
    "start",
    None,
    (
        "A start of the model, such as prior or plateau, or the folder of a run whose synapses"
        " it takes over; by default prior, or the model's first. `show MODEL` lists them."
    ),
    metavar="NAME",
    python_type=AnyPath,
)
SET = Argument(
    "set",
    None,
    "Another value of a parameter, such as rho=100*Hz, in its own unit or as text.",
    metavar="NAME=VALUE",
    example="rho=100*Hz",
    python_help="Other values by parameter, such as {'rho': '100*Hz'}, in its own unit or as text.",
)
SHARED = (
    START,
    Argument(
        "samples",
        None,
        (
            f"Learning samples, 200 ms each; by default {SAMPLES}, or as many as what is resumed"
            " has to learn."
        ),
        least=1,
    ),
    Argument("test_samples", 1_000, "Held-out samples of the test.", least=1),
    SET,
    Argument(
        "data",
        None,
        (
            "digits, clusters:SEED, spikes:FILE, a table, or MNIST, CIFAR-10, HDF5 files; by"
            " default Gaussian clusters."
        ),
        metavar="FILE",
        python_type="str | os.PathLike[str] | tuple | Source",
        python_help=(
            "As on the command line: digits, clusters:SEED, spikes:FILE, or the path of a table or"
            " of images; or arrays (X, y); or an object that follows stimuli.Source. By default"
            " Gaussian clusters."
        ),
    ),
    Argument(
        "label",
        None,
        (
            "Column or array of the data that has the labels; by default label, or the only one"
            " named class, target, species or y."
        ),
        metavar="NAME",
    ),
    Argument(
        "order",
        "shuffled",
        "Of learning samples: shuffled in each epoch, or given: as the data have them.",
        choices=("shuffled", "given"),
    ),
    Argument(
        "record",
        "windows",
        "Spikes to keep: all, windows (10 s at the start, middle and end) or none.",
        choices=("all", "windows", "none"),
    ),
    Argument(
        "record_synapses",
        None,
        (
            "Synapses whose theta, weight and further state are kept at every grid step: how many"
            " (drawn by the seed), all, or OUTPUT:INPUT pairs, as in 0:5,3:17."
        ),
        metavar="WHICH",
        python_type=int | str | Sequence[tuple[int, int]],
    ),
    Argument(
        "record_variables",
        None,
        (
            "Variables of outputs and signals that are kept at every grid step: their names, as in"
            " mean,threshold, or all."
        ),
        metavar="NAMES",
        python_type=str | Sequence[str],
    ),
    Argument(
        "probe_every",
        PROBE_EVERY,
        (
            "Learning samples between probes; whatever it is, there is one before the first sample"
            " and one after the last."
        ),
        least=1,
    ),
    Argument("probe_samples", 200, "Held-out samples of a probe.", least=1),
    Argument(
        "average",
        AVERAGE,
        (
            "Snapshots of the weights, evenly over the second half of learning, whose answers to"
            " the test are averaged; 0: none."
        ),
        least=0,
        most=1_000,
    ),
    Argument(
        "engine",
        "fast",
        "fast, or reference: the plain clock-driven network, slow.",
        choices=("fast", "reference"),
    ),
)
REPLICATE = Argument(
    "replicate",
    0,
    "Another number draws the network's random numbers anew; stimuli, order and start stay.",
    least=0,
    flags=(),
)
FOLDER = (
    Argument(
        "out",
        None,
        "Folder for the results; by default a new one below runs.",
        metavar="DIR",
        is_path=True,
        python_type=AnyPath,
    ),
    Argument(
        "resume",
        False,
        (
            "Go on with what is in the folder, if there is anything; what is finished there is"
            " kept, and learns on where --samples is more."
        ),
    ),
    Argument(
        "progress",
        None,
        "Called as progress(done, total, text); None shows a bar, or lines.",
        flags=(),
        python_type=Say,
    ),
)
ON_PROBE = Argument(
    "on_probe",
    None,
    (
        "Called at every probe with a ProbeReport; returns own metrics as {name: number}, which"
        " learning.nc keeps, or raises StopLearning, which ends learning there."
    ),
    flags=(),
    python_type=OnProbe,
)
ARMS = Argument(
    "arms",
    ("none", "weight"),
    "Noise arms, with options as in weight:noise_scale=0.3, or written out.",
    item="arm",
)
SEVERAL = (
    Argument("seeds", 10, "Number of seeds.", least=1, most=MOST_RUNS),
    Argument("first_seed", 1, "The first seed.", least=0, flags=("--seed",)),
)
WHERE = (
    Argument("workers", None, "Processes at a time; by default one per core.", least=1),
    Argument(
        "dask", None, "Run on a Dask scheduler: tcp://HOST:PORT, or its file.", metavar="ADDRESS"
    ),
)
DESIGN = (
    Argument(
        "grid",
        None,
        (
            "Values, crossed with those of other grids: b=1e-5,1e-4 or 'b=log(1e-5,1e-2,7)' or"
            " 'b=lin(0,1,5)'."
        ),
        metavar="NAME=VALUES",
        example="b=1e-5,1e-4",
        once=True,
        python_help="Values by parameter, crossed: {'b': [1e-5, 1e-4]}, 'log(1e-5,1e-2,7)' or lin.",
    ),
    Argument(
        "vary",
        None,
        "Range of a design: 'b=log(1e-5,1e-2)' or lin.",
        metavar="NAME=RANGE",
        example="b=log(1e-5,1e-2)",
        once=True,
        python_help="Ranges of a design by parameter: {'b': 'log(1e-5,1e-2)'} or lin.",
    ),
    Argument(
        "design",
        None,
        "Points drawn in the ranges: random:100, lhs:64 (Latin hypercube) or sobol:64.",
        metavar="HOW:NUMBER",
    ),
    Argument("design_seed", 0, "Seed of the design.", least=0),
    replace(
        ARMS,
        default=None,
        flags=("--arms", "--noise"),
        metavar="ARMS",
        help="Noise arms; by default the model's.",
    ),
    Argument("max_points", 10_000, "Refuse to run more points.", least=1, most=MOST_RUNS),
)
RETRIES = Argument(
    "retries", 1, "How often a failed point is tried again, but never after bad input.", least=0
)
EXECUTOR = Argument(
    "executor",
    None,
    "Any concurrent.futures.Executor to run the points instead; it is not shut down.",
    flags=(),
    python_type=Executor,
)

SETTINGS = (MODEL, NOISE, SEED, *SHARED, REPLICATE)
RUN = (*SETTINGS, *FOLDER, ON_PROBE)
OF_ALL_RUNS = (replace(START, item="start"), *SHARED[1:])
COMPARE = (MODEL, ARMS, *SEVERAL, *WHERE, *OF_ALL_RUNS, *FOLDER)
PLAN = (MODEL, *DESIGN, *SEVERAL, *OF_ALL_RUNS)
SWEEP = (MODEL, *DESIGN, RETRIES, *SEVERAL, *WHERE, EXECUTOR, *OF_ALL_RUNS, *FOLDER)

SADDLE = (
    Argument("patterns", 4_000, "Learning samples that stand for the run."),
    Argument("kind", "snapshots", "PSPs as snapshots, or as means of each sample."),
    Argument(
        "counts_as",
        "network",
        (
            "As how many patterns the likelihood counts: network (N rho s, what the run climbs),"
            " samples, or a number."
        ),
        python_type=str | float,
    ),
    Argument("every", 1, "Each that many-th snapshot only."),
    Argument("tolerance", 1e-4, "Of the eigenvalues, relative.", positive=True),
    Argument(
        "epsilon",
        None,
        "A gradient is large from here on; by default sqrt(K I)/(1000 sigma).",
        positive=True,
    ),
    Argument(
        "gamma", None, "A curvature is one from here on; by default 0.01/sigma^2.", positive=True
    ),
    Argument(
        "count",
        None,
        "Count positive eigenvalues in large networks too.",
        as_type=bool,
        flags=("--index",),
    ),
    Argument("seed", 0, "Of the input spikes behind the patterns."),
)
