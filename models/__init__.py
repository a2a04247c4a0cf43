"""One file per paper: citation, parameters, and as text Brian2 equations and event rules.

A parameter is `name=SOURCE(value, unit, meaning, source, …)`: SOURCE says whether the value is
`stated` in the paper, read `from_code`, or `our_choice`; `low` and `high` bound it, `above` is a
bound that is itself not allowed, `choices` lists words.
"""
