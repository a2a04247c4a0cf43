"""What to cite: this software, the paper of the model, its sources and Brian2; as CITATION.cff has
it, in BibTeX.

CITATION.cff is not installed with the package, so its facts stand here again; a test compares the
two.
"""

from typing import NamedTuple

__all__ = ["SOFTWARE", "Work", "bibtex", "works_of"]


class Work(NamedTuple):
    """A publication: BibTeX's kind and key, authors as "Family, Given", title, where, year; doi,
    volume, number.
    """

    kind: str
    key: str
    authors: tuple
    title: str
    where: str
    year: int
    doi: str = ""
    volume: str = ""
    number: str = ""


FANG_2018 = Work(
    "inproceedings",
    "fang2018noise",
    ("Fang, Ying", "Yu, Zhaofei", "Chen, Feng"),
    "Noise helps optimization escape from saddle points in the neural dynamics",
    "European Symposium on Artificial Neural Networks, Computational Intelligence and Machine"
    " Learning (ESANN)",
    2018,
)
FANG_2020 = Work(
    "article",
    "fang2020noise",
    ("Fang, Ying", "Yu, Zhaofei", "Chen, Feng"),
    "Noise Helps Optimization Escape From Saddle Points in the Synaptic Plasticity",
    "Frontiers in Neuroscience",
    2020,
    "10.3389/fnins.2020.00343",
    "14",
    "343",
)
KAPPEL_2015 = Work(
    "article",
    "kappel2015network",
    ("Kappel, David", "Habenschuss, Stefan", "Legenstein, Robert", "Maass, Wolfgang"),
    "Network Plasticity as Bayesian Inference",
    "PLoS Computational Biology",
    2015,
    "10.1371/journal.pcbi.1004485",
    "11",
    "e1004485",
)
KAPPEL_2018 = Work(
    "article",
    "kappel2018dynamic",
    (
        "Kappel, David",
        "Legenstein, Robert",
        "Habenschuss, Stefan",
        "Hsieh, Michael",
        "Maass, Wolfgang",
    ),
    "A Dynamic Connectome Supports the Emergence of Stable Computational Function of Neural"
    " Circuits through Reward-Based Learning",
    "eNeuro",
    2018,
    "10.1523/ENEURO.0301-17.2018",
    "5",
    "ENEURO.0301-17.2018",
)
NESSLER_2013 = Work(
    "article",
    "nessler2013bayesian",
    ("Nessler, Bernhard", "Pfeiffer, Michael", "Buesing, Lars", "Maass, Wolfgang"),
    "Bayesian Computation Emerges in Generic Cortical Microcircuits through Spike-Timing-Dependent"
    " Plasticity",
    "PLoS Computational Biology",
    2013,
    "10.1371/journal.pcbi.1003037",
    "9",
    "e1003037",
)
KAPPEL_2014 = Work(
    "article",
    "kappel2014stdp",
    ("Kappel, David", "Nessler, Bernhard", "Maass, Wolfgang"),
    "STDP Installs in Winner-Take-All Circuits an Online Approximation to Hidden Markov Model"
    " Learning",
    "PLoS Computational Biology",
    2014,
    "10.1371/journal.pcbi.1003511",
    "10",
    "e1003511",
)
STATMAN_2014 = Work(
    "article",
    "statman2014synaptic",
    ("Statman, Adiel", "Kaufman, Maya", "Minerbi, Amir", "Ziv, Noam E.", "Brenner, Naama"),
    "Synaptic Size Dynamics as an Effectively Stochastic Process",
    "PLoS Computational Biology",
    2014,
    "10.1371/journal.pcbi.1003846",
    "10",
    "e1003846",
)
HAZAN_2020 = Work(
    "article",
    "hazan2020activity",
    ("Hazan, Liran", "Ziv, Noam E."),
    "Activity Dependent and Independent Determinants of Synaptic Size Diversity",
    "Journal of Neuroscience",
    2020,
    "10.1523/JNEUROSCI.2181-19.2020",
    "40",
    "2828",
)
LOEWENSTEIN_2011 = Work(
    "article",
    "loewenstein2011multiplicative",
    ("Loewenstein, Yonatan", "Kuras, Annerose", "Rumpel, Simon"),
    "Multiplicative Dynamics Underlie the Emergence of the Log-Normal Distribution of Spine Sizes"
    " in the Neocortex In Vivo",
    "Journal of Neuroscience",
    2011,
    "10.1523/JNEUROSCI.6130-10.2011",
    "31",
    "9481",
)
SONG_2000 = Work(
    "article",
    "song2000competitive",
    ("Song, Sen", "Miller, Kenneth D.", "Abbott, L. F."),
    "Competitive Hebbian Learning through Spike-Timing-Dependent Synaptic Plasticity",
    "Nature Neuroscience",
    2000,
    "10.1038/78829",
    "3",
    "919",
)
KEMPTER_1999 = Work(
    "article",
    "kempter1999hebbian",
    ("Kempter, Richard", "Gerstner, Wulfram", "van Hemmen, J. Leo"),
    "Hebbian Learning and Spiking Neurons",
    "Physical Review E",
    1999,
    "10.1103/PhysRevE.59.4498",
    "59",
    "4498",
)
BRIAN_2019 = Work(
    "article",
    "stimberg2019brian",
    ("Stimberg, Marcel", "Brette, Romain", "Goodman, Dan F. M."),
    "Brian 2, an intuitive and efficient neural simulator",
    "eLife",
    2019,
    "10.7554/eLife.47314",
    "8",
    "e47314",
)
#: author and title
SOFTWARE = (
    "the spikesampler developers",
    "spikesampler: synaptic sampling in spiking networks",
)
_PAPERS = {
    "fang_2018": (FANG_2018, FANG_2020, KAPPEL_2015),
    "kappel_2014": (KAPPEL_2014, NESSLER_2013),
    "kappel_2015": (KAPPEL_2015,),
    "kappel_2018": (KAPPEL_2018, KAPPEL_2015),
    "kesten_2020": (STATMAN_2014, HAZAN_2020),
    "loewenstein_2011": (LOEWENSTEIN_2011,),
    "nessler_2013": (NESSLER_2013,),
    "stdp_pairs": (SONG_2000, KEMPTER_1999),
    "two_layer": (FANG_2018, FANG_2020, KAPPEL_2015),
}


def works_of(model):
    """Works to cite for runs of a model, by its name: its papers, those of the method, and
    Brian2.
    """
    return [*_PAPERS.get(model, (KAPPEL_2015,)), BRIAN_2019]


def bibtex(works, version, commit):
    """The works as BibTeX, after the software at this version and commit."""
    author, title = SOFTWARE
    note = f"version {version}" + (f", commit {commit}" if commit else "")
    fields = [("author", f"{{{author}}}"), ("title", f"{{{title}}}"), ("note", note)]
    return "\n\n".join([_entry("software", "spikesampler", fields), *map(_of_work, works)])


def _of_work(work):
    place = "journal" if work.kind == "article" else "booktitle"
    fields = [
        ("author", " and ".join(work.authors)),
        ("title", f"{{{work.title}}}"),
        (place, work.where),
        ("volume", work.volume),
        ("pages", work.number),
        ("year", work.year),
        ("doi", work.doi),
    ]
    return _entry(work.kind, work.key, fields)


def _entry(kind, key, fields):
    lines = [f"  {name} = {{{value}}}" for name, value in fields if value]
    return "@" + kind + "{" + key + ",\n" + ",\n".join(lines) + "\n}"
