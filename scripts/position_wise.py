"""Is the position-wise optimizer faster? The experiments of Valizadeh (2022, arXiv:2204.05312),
with fair controls.

Networks of 20, 7 and 5 ReLUs, full batch, all methods from the same starts. A binary task (cats or
not) and ten classes (CIFAR-10, MNIST) from files on your disk; without them scikit-learn's digits
stand in, 5 against the rest and all ten. The ten classes are learnt with three losses: what the
authors' code descends and prints, the paper's binary cross-entropy, and the additive-margin softmax
that the paper names.

At the authors' rate: gradient descent, position-wise, and gradient descent with rates 1 : 2 : … : L
for the layers. Then five methods, each with its rate tuned on other starts. Loss against epochs,
layer updates, operations, seconds.

    python scripts/position_wise.py --out position_wise
    python scripts/position_wise.py --cats train_catvnoncat.h5 --mnist FOLDER --cifar FOLDER
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.valizadeh_2022.comparison import STUDY

if __name__ == "__main__":
    sys.exit(study_command(STUDY, out="position_wise", many=True))
