"""The energy landscape of a simple neural network.

Anthony Gamst, Alden Walker. arXiv:1706.07101 (2017); the source here is the short version of the
same title. Networks of ReLUs with one input and one output, trained on the output of one that was
made by hand, W_f: a sawtooth on two neurons per layer plus a spline on three.

Symbols: h (activations of a layer), W, b (weights and biases), f (output of W_f). Numbers tagged
"from code" were read in the authors' public demo, which may differ from the network of the figures.
"""

from spikesampler.language.parameter import from_code, our_choice, stated

title = "A global minimum that training does not find"
citation = "Gamst & Walker (2017), arXiv:1706.07101"

# fmt: off
parameters = dict(
    # the network and its target
    depth=stated(5, "1", "hidden layers, K", low=1),
    width=stated(5, "1", "neurons of a hidden layer, N", low=1),
    slope=from_code(22.4, "1", "slope of the sawtooth's segments", above=0),
    target_seed=our_choice(1, "1",
        "seed of the spline's heights z ~ N(0, 1); the paper's are not published", low=0),
    between=stated(9, "1", "points between two knots of f in the training set", "section 3.1",
        low=0),
    # training
    steps=stated(50_000, "1", "steps of training, on the whole training set each", "section 3.1",
        low=1),
    # the basin of W_f
    radius=stated(2.0, "1", "largest L2 norm of the jitter, uniform from 0", "section 3.4",
        above=0),
    trials=stated(4096, "1", "networks jittered, per optimiser", "section 3.4", low=1),
    basin_steps=stated(20_000, "1", "steps of training after the jitter", "section 3.4", low=1),
    returned=our_choice(1e-3, "1", "error below which a network has returned to a global minimum",
        above=0),
    # paths
    paths=stated(100, "1", "paths from W_f to minima, per optimiser", "Fig. 4", low=1),
    images=our_choice(41, "1", "images of a path, both ends included", low=3),
)
# fmt: on

network = """
h_0 = x,   x in [-1, 1]
h_l = max(0, h_(l-1) W_l + b_l),   l = 1 .. depth
y = h_depth W_(depth+1) + b_(depth+1)
loss = mean of (y - f)^2 over the training set
start: W uniform in +-sqrt(6/(in + out)) (Glorot & Bengio 2010), b = 0
"""
