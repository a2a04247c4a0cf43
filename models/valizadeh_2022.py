"""The position-wise optimizer.

Amir Valizadeh. arXiv:2204.05312 (2022). A classifier of images with three hidden layers of ReLUs,
trained on the whole training set at once by gradient descent, and by stages that update the last 1,
2, … L of its L layers.

Numbers tagged "from code" were read in the authors' public code of 11 April 2022, the day of the
first version. It differs from the text: weights N(0, 1/in), not Glorot's; on ten classes softmax
outputs whose cross-entropy is descended while a sum of binary cross-entropies is printed, no
additive-margin softmax; MNIST's pixels 0 to 255. With its seed and rate its two networks on the 209
images of cats and others need the 2243 and 881 epochs of the paper.

Symbols: h (activations of a layer), W, b (weights and biases), E (loss), L (layers), eta (rate).
"""

from spikesampler.language.parameter import from_code, our_choice, stated

title = "Layers near the output are updated more often"
citation = "Valizadeh (2022), arXiv:2204.05312"

# fmt: off
parameters = dict(
    hidden_1=stated(20, "1", "neurons of the first hidden layer", "Experiments", low=1),
    hidden_2=stated(7, "1", "neurons of the second hidden layer", "Experiments", low=1),
    hidden_3=stated(5, "1", "neurons of the third hidden layer", "Experiments", low=1),
    rate=from_code(0.0075, "1", "eta, for cats and CIFAR-10, whose pixels are divided by 255",
        above=0),
    rate_raw=from_code(7.5e-5, "1", "eta, for MNIST, whose pixels are not divided", above=0),
    seed=from_code(1, "1",
        "of the weights, numpy.random.RandomState; drawn layer by layer as (out, in)", low=0),
    epochs=from_code(5000, "1", "at most", low=1),
    target_two=stated(0.1, "1", "loss at which training on two classes stops", "Experiment 1",
        low=0),
    target_cifar=stated(3.23, "1", "loss at which training on CIFAR-10 stops", "Experiment 2",
        low=0),
    target_mnist=stated(3.248, "1", "loss at which training on MNIST stops (code: 3.2494)",
        "Experiment 3", low=0),
    scale=our_choice(30.0, "1", "s of the additive-margin softmax, as in Wang et al. (2018)",
        above=0),
    margin=our_choice(0.35, "1", "m of the additive-margin softmax, as in Wang et al. (2018)",
        low=0),
)
# fmt: on

network = """
h_0 = pixels
h_l = max(0, h_(l-1) W_l + b_l),   l = 1 .. L-1
z = h_(L-1) W_L + b_L
E = binary cross-entropy of sigmoid(z) for two classes; for ten, see above
epoch = stages s = 1 .. L:   W_l <- W_l - eta dE/dW_l   for l = L-s+1 .. L
    gradients anew at every stage
start: W of sd sqrt(1/in) (code), sqrt(2/(in + out)) (text, Eq. 6); b = 0
"""
