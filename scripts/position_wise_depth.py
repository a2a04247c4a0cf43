"""How much the position-wise optimizer saves, by depth and by where the operations are.

After Valizadeh (2022, arXiv:2204.05312), whose networks have four layers and nearly all operations
in the first. Here scikit-learn's ten digits are learnt by networks of 2 to 7 layers of two shapes:
a wide first layer, the others narrow, and all of one width. Gradient descent, gradient descent with
layer rates 1 : 2 : … : L, and position-wise, from the same starts; at one rate, and each at the
rate that is its best on other starts. Cross-entropy of a softmax, until it is half of a uniform
guess's.

    python scripts/position_wise_depth.py --out position_wise
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.valizadeh_2022.depth import STUDY

if __name__ == "__main__":
    sys.exit(study_command(STUDY, out="position_wise", many=True))
