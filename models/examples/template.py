"""A model of one's own: what it is, and where it comes from.

Inputs spike, outputs compete, and a teacher says which output should have won: the rule of Fang, Yu
& Chen (2018) with one exponential as post-synaptic potential. Change what you like; then
`spikesampler check FILE` says what is wrong with it, and what the program understood.
"""

from spikesampler.language.parameter import our_choice

title = "A model of one's own"
citation = "unpublished"

# Parameters: NAME=our_choice(value, unit, meaning), or stated(…) and from_code(…) for values that a
# paper or its code has; low, high and above bound them. Units are 1, second, ms, Hz, … Sizes,
# times and the stimulus have defaults, which `spikesampler show FILE` lists: give those to change.
parameters = dict(
    K=our_choice(10, "1", "output neurons, one per class", low=2),
    tau=our_choice(20.0, "ms", "decay time of the post-synaptic potential", above=0),
    rho=our_choice(200.0, "Hz", "total rate of the outputs, and of the teacher", low=0),
    theta_0=our_choice(3.0, "1", "offset of theta: w = exp(theta - theta_0)"),
    alpha=our_choice(0.13, "1", "constant of the intensity alpha e^w of an input", above=0),
    b=our_choice(1e-4, "1/second", "learning rate", low=0),
    N=our_choice(100.0, "1", "how often each sample counts", low=0),
    mu=our_choice(0.5, "1", "mean of the prior on theta"),
    sigma=our_choice(1.0, "1", "standard deviation of the prior on theta", above=0),
)

# Every input has these variables: dX/dt = … : UNIT, linear. An input spike adds 1 to each of them,
# if resets["input"] says nothing else. A line without d/dt is a function of others.
inputs = """
dx/dt = -x/tau : 1
"""

# Every output: sum(…) is over its synapses. The outputs compete by u.
outputs = """
u = sum(w*x - intensity) : 1
"""

# Every synapse has theta, which learns. The function w is its weight.
synapses = """
w = exp(theta - theta_0)
intensity = alpha*exp(w)
"""

# theta stays between these two, expressions of parameters; "" is no bound.
bounds = ("-5", "theta_0 + 1")

# Where theta begins, by name, for --start; the first is the default, or `prior` if there is one.
starts = {"prior": "mu + sigma*randn()"}

# What moves theta between events, per second: here the slope of its prior's logarithm.
drift = "b*(mu - theta)/sigma**2"

# What changes a synapse, and when: at a spike of its "input", of its "output", at an event of the
# "teacher" at its output, at the end of every "sample", in every "step", or at an event of its own.
learning = {
    "teacher": "theta += b*N*second*w*(x - intensity)",
    "output": "theta -= b*N*second*w*(x - intensity)",
}

# The noise arm without --noise. `spikesampler check FILE` lists the arms that this model can have.
noise = "constant"

# What else there is; take away the # to use it.
#
# Arms of one's own, by name: the variance per second, in Ito's sense.
#     noises = {"mine": "2*b*N*w**2"}
#
# Variables of the network as a whole. Here: the mean of the answers that were right.
#     signals = "dsuccess/dt = (correct - success)/(10*second) : 1"
#
# Events of one's own, of every output in every step, by a condition; for learning and resets.
#     events = {"surprise": "success < 0.5 and rand() < 0.1*dt/second"}
#
# What else changes at a spike of an "input", of an "output", at the end of a "sample", or at an
# event: variables of inputs, outputs and signals.
#     resets = {"surprise": "success = 1"}
#
# Variables that do not begin at 0, but for theta.
#     initial = {"success": "0.5"}
#
# How outputs fire: race(RATE) shares a total rate as softmax(u), poisson(RATE) is each for itself.
#     firing = "poisson(rho/K*exp(clip(u, -5, 5)))"
#
# The rate of the teacher's events, and the function that pictures call the weight.
#     teacher = "rho/2"
#     weight = "w"
