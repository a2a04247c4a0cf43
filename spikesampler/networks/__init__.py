"""The rate networks of the companion papers: what they compute, and how they are trained."""
