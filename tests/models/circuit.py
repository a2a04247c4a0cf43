"""Three pathways, made to be tested: hidden circuits without a teacher, and outputs that the
teacher leads and that hear the hidden layer and, later, themselves.

The lateral synapses tire: their weight depends on a further state. Hidden neurons adapt, and have
an event of their own; a signal counts the outputs' spikes.
"""

from spikesampler.language.parameter import our_choice

title = "Two layers, and lateral synapses that tire"
citation = "none: a circuit to be tested"
noise = "weight"

# fmt: off
parameters = dict(
    H=our_choice(12, "1", "neurons of the hidden layer", low=1),
    circuits=our_choice(3, "1", "winner-take-all circuits of the hidden layer", low=1),
    tau_m=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    tau_a=our_choice(150.0, "ms", "time in which a hidden neuron recovers, and the signal",
        above=0),
    tires=our_choice(0.5, "1", "what a spike adds to the adaptation", low=0),
    most=our_choice(1.2, "1", "adaptation from which on a hidden neuron rests", above=0),
    tau_g=our_choice(300.0, "ms", "time in which a lateral synapse recovers", above=0),
    lag=our_choice(5.0, "ms", "time that a spike takes to the other outputs", above=0),
    rho=our_choice(200.0, "Hz", "total rate of a circuit, and of the teacher's events", low=0),
    b=our_choice(1e-3, "1/second", "learning rate", low=0),
    b_hidden=our_choice(2e-3, "1/second", "learning rate of the hidden layer", low=0),
    N=our_choice(100.0, "1", "how often each sample counts", low=0),
    theta_0=our_choice(3.0, "1", "offset of theta"),
    alpha=our_choice(0.13, "1", "rate constant of the intensity alpha e^w", above=0),
    mu=our_choice(0.5, "1", "mean of the prior on theta"),
    sigma=our_choice(1.0, "1", "standard deviation of the prior on theta", above=0),
)
# fmt: on

inputs = "dx/dt = -x/tau_m : 1"
outputs = "u = sum(w*x) : 1"
signals = "dbusy/dt = -busy/tau_a : 1"
synapses = """
w = exp(theta - theta_0)
intensity = alpha*exp(w)
"""
bounds = ("-5", "theta_0 + 1")
starts = {"prior": "mu + sigma*randn()", "low": "-4 + 0.2*randn()"}
drift = "b*(mu - theta)/sigma**2"

layers = {
    "hidden": dict(
        size="H",
        groups="circuits",
        sources=("inputs",),
        outputs="""
            u = sum(w*x) - tired : 1
            da/dt = -a/tau_a : 1
            tired = a*(1 + 0.1*busy) : 1
        """,
        events={"rest": "a > most"},
        resets={"output": "a += tires", "rest": "a = 0"},
        learning={"output": "theta += M*b_hidden*N*second*w*(x - intensity)"},
        drift="b_hidden*(mu - theta)/sigma**2",
    ),
    "outputs": dict(
        resets={"output": "busy += 1"},
        learning={
            "teacher": "theta += M*b*N*second*w*(x - intensity)",
            "output": "theta -= M*b*N*second*w*(x - intensity)",
        },
        sources={
            "hidden": dict(),
            "outputs": dict(
                delay="lag",
                synapses="""
                    w = gain*exp(theta - theta_0)
                    intensity = alpha*exp(w)
                    dgain/dt = (1 - gain)/tau_g : 1
                """,
                starts={"prior": "0.5*randn()"},
                bounds=("-1", "0.8"),
                initial={"gain": "1"},
                learning={"input": "gain -= 0.2*gain\ntheta += 0.001*w"},
            ),
        },
    ),
}
