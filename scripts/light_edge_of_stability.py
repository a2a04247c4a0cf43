"""Do growth and harvest hold training at the edge of stability? Sharpness times step along
training, over r and E.

Kulikovskikh & Legović (2021): "an increase in r pushes the system towards not clearly defined edge
of stability, a simultaneous increase in E fixes this edge". The edge is η λ = 2, η the step, λ the
largest eigenvalue of the Hessian of the loss (Lanczos). Networks of five ReLUs with LIGHT on three
sets of points and on digits, by gradient descent on the whole training set, where the edge is
defined, and in the paper's batches of 75; η = 0.01, as in the paper, and 0.1. Harvest begins at T =
1, or, as a control, at 0. Beside them the sigmoid, with its step multiplied by the ratio of LIGHT's
slope to its own.

    python scripts/light_edge_of_stability.py --out light
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.kulikovskikh_2021.edge_of_stability import STUDY

if __name__ == "__main__":
    sys.exit(study_command(STUDY, out="light", many=True))
