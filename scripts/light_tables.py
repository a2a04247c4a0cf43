"""Is an output that grows and is harvested better? Tables 1 and 2 of Kulikovskikh & Legović (2021),
with controls.

A network of five ReLUs tells two classes: eight sets of points (ours, the paper's are not
published), and class 5 of images against the rest, from your files of MNIST, Fashion-MNIST and
CIFAR-10; without them scikit-learn's digits stand in. The output is a sigmoid, trained by Adam,
Adagrad or SGD at Keras' defaults, or LIGHT, trained by SGD.

LIGHT is harvested from T = 1 on. Controls: harvest from 0 on, later, and never; SGD with its step
scaled by LIGHT's slope; the other two forms of LIGHT; Keras' older Adagrad; four methods whose
settings are tuned on other runs, 16 trials each; and the paper's Eq. (2) as a loss. Statistics are
over runs; the paper's own test, over epochs, stands beside them.

    python scripts/light_tables.py --out light
    python scripts/light_tables.py --mnist FOLDER --fashion FOLDER --cifar FOLDER --out light
"""

import sys

from spikesampler.studies.command import study_command
from spikesampler.studies.kulikovskikh_2021.tables import STUDY

if __name__ == "__main__":
    sys.exit(study_command(STUDY, out="light", many=True))
