"""Two layers, for tests: circuits of hidden neurons, a supervised layer that also hears itself."""

from spikesampler.language.parameter import our_choice

title = "Two layers"
citation = "unpublished"
parameters = dict(
    I=our_choice(20, "1", "input neurons", low=2),
    K=our_choice(4, "1", "output neurons", low=2),
    H=our_choice(12, "1", "hidden neurons", low=2),
    circuits=our_choice(3, "1", "circuits of hidden neurons", low=1),
    tau=our_choice(20.0, "ms", "decay time of a post-synaptic potential", above=0),
    tau_slow=our_choice(60.0, "ms", "the same of synapses between outputs", above=0),
    tau_h=our_choice(300.0, "ms", "decay time of adaptation and of the signal", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the outputs, and of the teacher", low=0),
    rho_h=our_choice(150.0, "Hz", "total rate of a circuit", low=0),
    lag=our_choice(5.0, "ms", "delay of synapses between outputs", above=0),
    theta_0=our_choice(3.0, "1", "offset of theta"),
    alpha=our_choice(0.13, "1", "constant of the intensity", above=0),
    b=our_choice(1e-5, "1/second", "learning rate", low=0),
    N=our_choice(100.0, "1", "how often each sample counts", low=0),
    mu=our_choice(0.5, "1", "mean of the prior on theta"),
    sigma=our_choice(1.0, "1", "standard deviation of the prior on theta", above=0),
)
inputs = "dx/dt = -x/tau : 1"
synapses = """
w = exp(theta - theta_0)
intensity = alpha*exp(w)
"""
signals = "df/dt = -f/tau_h : 1  # how often outputs fired"
bounds = ("-5", "theta_0 + 1")
starts = {"prior": "mu + sigma*randn()"}
drift = "b*(mu - theta)/sigma**2"
noise = "constant"
layers = {
    "hidden": dict(
        size="H",
        groups="circuits",
        sources=("inputs",),
        outputs="u = sum(w*x - intensity) - h : 1\ndh/dt = -h/tau_h : 1",
        firing="race(rho_h)",
        learning={
            "output": "theta += b*N*second*(x*exp(-w) - 0.1*f)",
            "input": "theta -= 0.001*w*(1 + u)",
        },
        resets={"output": "h += 0.1"},
    ),
    "outputs": dict(
        sources={
            "hidden": {},
            "outputs": dict(
                delay="lag",
                inputs="dy/dt = -y/tau_slow : 1",
                synapses="v = exp(theta - theta_0)\nde/dt = -e/tau_h : 1",
                learning={"output": "e += y; theta += b*N*second*v*(e - u)"},
                weight="v",
            ),
        },
        outputs="u = sum(w*x - intensity, hidden) + 0.1*sum(v*y, outputs) : 1",
        learning={
            "teacher": "theta += b*N*second*w*(x - intensity)",
            "output": "theta -= b*N*second*w*(x - intensity)",
        },
        resets={"output": "f += 1"},
    ),
}
