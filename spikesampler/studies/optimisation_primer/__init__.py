"""Optimisation primer: what P. van der Smagt's lecture "optimisation in neural networks" says,
measured.

    lecture, quadratic, conditioning    the lecture's problems, what is known, what is counted
    measures                            a file per chapter: what is measured
    numbers, rules, tables, page        what the dataset says, in words
    figures                             a file per chapter: what it shows
    study                               all of it as one study
"""
