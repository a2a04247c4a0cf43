"""LIGHT, logistic growth with harvesting as an activation.

Ilona Kulikovskikh, Tarzan Legović. GECCO '21 Companion (2021), doi:10.1145/3449726.3459421. A
classifier of two classes with one hidden layer of ReLUs, whose output is a population that grows
and is harvested.

The paper gives r and E for its images only, of T that it is above 0, N_0 and q only where LIGHT is
said to be the sigmoid, and neither the loss's form for labels of 0 and 1 nor its eight sets of
points. Its learning rates are Keras' defaults.

Symbols: l (LIGHT), r (growth), E (harvest), T (when harvest begins), N_T (population then), q (the
law), z (the output neuron's input).
"""

from spikesampler.language.parameter import our_choice, stated

title = "An output that grows and is harvested"
citation = "Kulikovskikh & Legović (2021), GECCO '21 Companion, doi:10.1145/3449726.3459421"

# fmt: off
parameters = dict(
    # LIGHT
    r=stated(4.08, "1", "growth rate, for images; the one for points is not given", "section 3",
        above=0),
    E=stated(6.4, "1", "harvesting rate, for images; the one for points is not given", "section 3",
        low=0),
    T=our_choice(1.0, "1", "when harvest begins; above 0 by the definition", above=0),
    N_0=our_choice(0.5, "1", "population at 0; 1/2 where LIGHT is the sigmoid", above=0, high=1),
    q=our_choice(0.0, "1", "0 is Gompertz's law, for which Eq. (1) is right as printed", low=0),
    # network and training
    hidden=stated(5, "1", "neurons of the hidden layer", "section 3", low=1),
    batch=stated(75, "1", "samples of a batch", "section 3", low=1),
    epochs=stated(1500, "1", "epochs", "section 3", low=1),
    runs=stated(10, "1", "runs; ours has 20", "section 3", low=1),
    samples=stated(1000, "1", "samples of a set", "section 3", low=2),
    learnt=stated(0.8, "1", "share of the samples that are learnt", "section 3", above=0, high=1),
    target_class=stated(5, "1", "class of images that is told from all others", "section 3", low=0),
    rate=stated(0.01, "1", "learning rate of SGD, Keras' default", "section 3", above=0),
)
# fmt: on

network = """
h = max(0, W x + b)
z = v . h + c
p = l(z) = eps exp((ln N_T + 1_T(z) E/r) exp(-r (z - T)))
    1_T(z) = 1 for z >= T, else 0,   eps = exp(-1_T(z) E/r),   l(0) = N_0 gives N_T
loss = mean over the batch of -y ln p - (1 - y) ln(1 - p)
    Eq. (2) has l(y z) for labels of +-1, see docs/verdicts.md
start: W, v uniform in +-sqrt(6/(in + out)) (Glorot & Bengio 2010), b = c = 0
"""
