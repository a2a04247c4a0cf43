"""The page of the optimisation primer: its numbers, its tables, and what follows from them, all
from the dataset.

Conclusions are by rule. Each is a function below, or is stated in the text itself: another dataset
gets other words.

    deals with κ     all draws reach the largest κ, in at most 10 times the steps (median) at the
                     smallest one; as conjugate gradients need as many steps as dimensions, 10 times
                     the dimension is for them the bound
    ahead            the smaller median, at the κ where both are known
    ≫                at least 10 times
"""

import numpy as np

from spikesampler.studies.optimisation_primer import conditioning, measurements, quadratic
from spikesampler.studies.optimisation_primer.conditioning import ADAPTIVE

__all__ = ["ahead", "chosen", "deals", "ending", "middle", "numbers", "page", "steps_table"]

ROUNDING = np.finfo(float).eps / 2
ROTATED = "rotated"
ALIGNED = ("aligned", "aligned, random start")
TIMES = 10  # what is "much more", in `deals` and of ≫
MANY = 30  # time constants 1/(1 − β) on the way, from which on momentum has its whole effect


# ---- numbers


def numbers(dataset):
    """{name: number} that the report and the page speak of, all from the dataset."""
    low, high = (float(one) for one in dataset["line_curvature"])
    hessian, best, _, _ = measurements.line_fit()
    steep = np.linalg.eigh(hessian)[1][:, 1]
    path, loss = dataset["line_path"].values[-1].astype(float), dataset["line_path_loss"].values
    across = (path[:3] - best) @ steep
    taylor = dataset["taylor_error"].values
    sizes = np.log(dataset["taylor_size"].values)
    inside = slice(len(sizes) // 4, 3 * len(sizes) // 4)
    slopes = [np.polyfit(sizes[inside], np.log(one[inside]), 1)[0] for one in taylor[1]]
    share = np.cumsum(
        conditioning.spectrum(dataset["condition"].values[-1], measurements.DIMENSIONS)
    )
    return {
        "low": low,
        "high": high,
        "condition": quadratic.condition_number(low, high),
        "limit": quadratic.largest_stable_step(high),
        "best_step": quadratic.best_step(low, high),
        "heavy": quadratic.best_heavy_ball(low, high),
        "across": across / across[0],
        "factor": 1 - float(dataset["line_step"][-1]) * high,
        "overshot": (
            int((loss[-1] > loss[-1, 0]).argmax()) if (loss[-1] > loss[-1, 0]).any() else -1
        ),
        "slopes": slopes,
        "taylor_line": taylor[0, :, -1],
        "taylor_rounding": taylor[0, 0].max(),
        "untouched": int((share / share[-1] < dataset.attrs["fraction"]).sum()),
    }


def middle(dataset, orientation, measure):
    """{method: (3, κ)}: median, lowest and highest number of steps over the draws; inf where not
    reached.
    """
    found = {}
    for name in measurements.METHODS:
        rows = chosen(dataset["steps"], name, orientation, measure)
        rows = np.where(rows < 0, np.inf, rows)
        found[name] = np.array([np.median(rows, axis=1), rows.min(axis=1), rows.max(axis=1)])
    return found


def chosen(array, method, orientation, measure):
    """(κ, draws) of one method, orientation and measure, without draws that there are none of."""
    names = {"method": method, "orientation": orientation, "measure": measure}
    place = {dim: list(array[dim].values).index(name) for dim, name in names.items()}
    return array.isel(place)[:, : 1 if orientation == "aligned" else None].values


def count(number):
    """A number of steps: whole below a million, else to three digits."""
    return f"{number:.0f}" if number < 1e6 else f"{number:.3g}"


def reached_to(dataset, method, orientation, measure="distance"):
    """The largest κ up to which all draws got there, as text."""
    high = middle(dataset, orientation, measure)[method][2]
    upto = np.cumprod(np.isfinite(high)).sum()
    return f"κ = {dataset['condition'].values[upto - 1]:g}" if upto else "no κ"


def cost(dataset, method, orientation):
    """Median of steps at the smallest κ and at the largest that all draws reach, as text."""
    median, _, high = middle(dataset, orientation, "distance")[method]
    last = int(np.cumprod(np.isfinite(high)).sum()) - 1
    if last < 0:
        return "not reached at any κ"
    at = dataset["condition"].values
    rest = (
        "" if last + 1 == len(at) else f", beyond that not all draws in {dataset.attrs['budget']}"
    )
    return f"{count(median[0])} at κ = {at[0]:g}, {count(median[last])} at κ = {at[last]:g}{rest}"


def slopes(dataset, method, orientation):
    """Exponents p of steps ∝ κᵖ (2,) at the end: between each two of the three largest κ at which
    the median is reached; nan where there are none.
    """
    median = middle(dataset, orientation, "distance")[method][0]
    known = np.flatnonzero(np.isfinite(median))[-3:]
    found = np.diff(np.log(median[known])) / np.diff(np.log(dataset["condition"].values[known]))
    return np.concatenate([np.full(2, np.nan), found])[-2:]


def slope(dataset, method, orientation):
    """The last of `slopes`."""
    return float(slopes(dataset, method, orientation)[-1])


# ---- what follows from them


def listed(words, none="none"):
    """a, b and c."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or none


def deals(dataset, method, orientation):
    """Whether a method deals with κ, by distance: the rule at the head of this file."""
    median, _, high = middle(dataset, orientation, "distance")[method]
    bound = TIMES * (measurements.DIMENSIONS if method == "conjugate gradients" else median[0])
    return bool(np.isfinite(high[-1]) and median[-1] <= bound)


def dealing(dataset):
    """Of which methods the lecture's sentence holds, in words: on the axes is with equal and with
    random starts.
    """
    where = {}
    for name in ("conjugate gradients", *ADAPTIVE):
        axes = all(deals(dataset, name, one) for one in ALIGNED)
        where.setdefault((axes, deals(dataset, name, ROTATED)), []).append(
            name.replace(", ", " with ")
        )
    words = {
        (True, True): "of {}",
        (True, False): "of {} where the eigenvectors are the axes, and not where they are not",
        (False, True): "of {} where the eigenvectors are not the axes, and not where they are",
        (False, False): "of {} in neither case",
    }
    return "; ".join(
        text.format(listed(where[case])) for case, text in words.items() if case in where
    )


def ahead(mine, theirs, condition):
    """At which κ (n,) a method has fewer steps (n,) than another, in words; inf is not reached, and
    not compared.
    """
    both = np.isfinite(mine) & np.isfinite(theirs)
    wins, at = (mine < theirs)[both], np.asarray(condition)[both]
    if not wins.any():
        return "at no κ"
    if wins.all():
        return "at every κ that both reach"
    first = int(wins.argmax())
    if wins[first:].all():
        return f"from κ = {at[first]:g} on"
    return f"at {listed(f'κ = {one:g}' for one in at[wins])} only"


def growth(before, last):
    """How a cost grows by its last two exponents of κ, in words: as κ, as √κ or not where the last
    differs from 1, ½ or 0 by at most 0.1, and is no more than 0.2 above the one before; where it
    is, it has no law yet.
    """
    if not np.isfinite(last):
        return "is not known at two κ"
    if last - before > 0.2:
        return f"grows ever faster, at the end as κ to the power {last:.2f}"
    for power, text in ((1, "grows as κ"), (0.5, "grows as √κ"), (0, "does not grow")):
        if abs(last - power) <= 0.1:
            return text
    return f"grows as κ to the power {last:.2f}"


def rivals(dataset):
    """Lines: rotated, how the cost of each adaptive method grows, and whether it is `ahead` of the
    linear ones.
    """
    found, at = middle(dataset, ROTATED, "distance"), dataset["condition"].values
    return [
        f"- {name}: its cost {growth(*slopes(dataset, name, ROTATED))}; it is ahead of gradient"
        f" descent {ahead(found[name][0], found['gradient descent'][0], at)}, of the heavy ball"
        f" {ahead(found[name][0], found['heavy ball'][0], at)}."
        for name in ADAPTIVE
    ]


def ending(step, loss, place, least):
    """How a descent of the bump ends, as (kind, words), from its last loss and place (a, b), and
    the least loss.

    "found": loss within 1 % of the least. "lost": within 10⁻⁶ of Σ z², the loss without a bump, and
    gradient below 10⁻⁶. Else "neither".
    """
    bare, slope = (
        (measurements.Z**2).sum(),
        np.abs(measurements.lecture_gradient(*place, -1.0)).max(),
    )
    if abs(loss - least) <= 0.01 * least:
        return "found", f"α = {step:.2g} ends in it (loss {loss:.4f})"
    if abs(loss - bare) <= 1e-6 * bare and slope < 1e-6:
        return (
            "lost",
            (
                f"α = {step:.2g} is thrown out to b = {place[1]:.1f}, where the bump has no part in"
                f" the data: loss {loss:.2f} = Σ z², gradient 0, and no way back"
            ),
        )
    return "neither", f"α = {step:.2g} does not end in it (loss {loss:.3g})"


def momentum_gain(dataset):
    """What momentum does on flat places, in words.

    Share of the factor 1/(1 − β): (steps without)/(steps with momentum)·(1 − β). All of it is 0.8
    or more.
    """
    shares, ways = [], []
    for place in ("plateau", "saddle"):
        steps = dataset[f"{place}_steps"].values.astype(float)
        steps[steps < 0] = np.nan
        rest = 1 - np.array(measurements.MOMENTA[1:])
        shares.append(steps[:, :1] / steps[:, 1:] * rest)
        ways.append(steps[:, 1:] * rest)
    share, way = (np.concatenate([one.ravel() for one in each]) for each in (shares, ways))
    share, way = (one[np.isfinite(share)] for one in (share, way))
    if np.array_equal(share >= 0.8, way >= MANY) and (way >= MANY).any() and (way < MANY).any():
        return (
            f"Momentum helps by the factor 1/(1 − β), to {share[way >= MANY].min():.2f} of it or"
            f" more, as long as the way takes many ({MANY}) times 1/(1 − β) steps; then no more."
        )
    if not len(share):
        return "What momentum does is not known."
    return f"Of the factor 1/(1 − β) momentum gives from {share.min():.2f} to {share.max():.2f}."


def flat_words(dataset):
    """(Whether it is a matter of time, how steps without momentum scale with α), in words.

    A matter of time: all runs get out within the budget. As 1/α: α·steps of those that get out
    agree to 10 %.
    """
    every = [dataset[f"{place}_steps"].values for place in ("plateau", "saddle")]
    total, left = sum(one.size for one in every), sum((one >= 0).sum() for one in every)
    time = (
        "it is a matter of time"
        if left == total
        else f"it may be: {total - left} of {total} runs did not get out"
    )
    moved = [
        (one[:, 0] * dataset[f"{place}_step"].values)[one[:, 0] > 0]
        for one, place in zip(every, ("plateau", "saddle"))
    ]
    inverse = all(one.max(initial=0) <= 1.1 * one.min(initial=np.inf) for one in moved)
    return time, "are as 1/α (to 10 %)" if inverse else "are not as 1/α (to 10 %)"


def line_words(dataset):
    """(right or wrong, where the line α + β = 1 is best, β ≫ α): best is a rate within 10⁻³ of the
    best at all.
    """
    scales = [f"with the loss × {one:g}" for one in dataset["scale_value"].values]
    best = dataset["sum_best"].values <= dataset["free_rate"].values + 1e-3
    where = [one for one, yes in zip(scales, best) if yes]
    place = (
        "Everywhere" if best.all() else "Nowhere" if not best.any() else listed(where).capitalize()
    )
    step, momentum = dataset["free_setting"].values.T
    much = momentum >= TIMES * step
    law = (
        "holds for all of these"
        if much.all()
        else "holds for none of these"
        if not much.any()
        else "is no law for the same reason"
    )
    ratios = listed(f"{one:.3g} {scale}" for one, scale in zip(momentum / step, scales))
    return (
        "right" if best.all() else "wrong",
        f"{place} is the line best",
        f"{law}: at the best pair β/α is {ratios}",
    )


def overshooting(dataset):
    """(right or wrong, words on the loss): right if the 1st step crosses the valley and the 2nd
    ends further out.
    """
    across, step = numbers(dataset)["across"], numbers(dataset)["overshot"]
    right = across[1] * across[0] < 0 and abs(across[2]) > abs(across[0])
    later = (
        "the other direction still pays for the first steps"
        if step > 2
        else "no direction pays for it"
    )
    loss = (
        f"is above that of the start from step {step} on: {later}"
        if step > 0
        else "never exceeds that of the start"
    )
    return ("right" if right else "wrong"), loss


def milder(dataset):
    """How much milder the loss is, in words: the median, over methods and κ, rotated, of steps by
    distance over steps by loss; above 1 it is milder, from 1.5 on much milder.
    """
    far, near = (
        np.array([one[0] for one in middle(dataset, ROTATED, measure).values()])
        for measure in ("distance", "loss")
    )
    known = np.isfinite(far) & np.isfinite(near)
    ratio = np.median(far[known] / near[known])
    word = "much milder" if ratio >= 1.5 else "milder" if ratio > 1 else "no milder"
    return f"{word} (steps by distance over steps by loss: {ratio:.1f}, median)"


# ---- tables: lines of markdown


def shown_steps(number, limit):
    """A number of steps, or that it is more than the limit."""
    return count(number) if np.isfinite(number) else f"> {limit}"


def steps_table(dataset, orientation, measure):
    """Lines of a markdown table: methods against κ. † computed, not stepped; > not reached, which
    has no rate.
    """
    found, budget = middle(dataset, orientation, measure), dataset.attrs["budget"]
    lines = [
        "| κ | " + " | ".join(measurements.METHODS) + " |",
        "|---" * (1 + len(measurements.METHODS)) + "|",
    ]
    for i, condition in enumerate(dataset["condition"].values):
        cells = [f"{condition:g}"]
        for name, (median, low, high) in found.items():
            limit = measurements.CONJUGATE_BUDGET if name == "conjugate gradients" else budget
            bounds = [shown_steps(one, limit) for one in (median[i], low[i], high[i])]
            mark = "†" if chosen(dataset["computed"], name, orientation, measure)[i].any() else ""
            spread = f" [{bounds[1]}, {bounds[2]}]" if bounds[1] != bounds[2] else ""
            cells.append(bounds[0] + mark + spread)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def flat_table(dataset, place):
    """Lines of a markdown table: steps to leave a flat place, measured and in brackets by
    theory.
    """
    beyond = f"> {dataset.attrs['flat_budget']}"
    heads = ["α", *(f"β = {beta:g}" for beta in measurements.MOMENTA)]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for step, found, theory in zip(
        *(dataset[f"{place}_{name}"].values for name in ("step", "steps", "theory"))
    ):
        cells = [
            f"{one if one >= 0 else beyond} ({expected:.0f})"
            for one, expected in zip(found, theory)
        ]
        lines.append(f"| {step:g} | " + " | ".join(cells) + " |")
    return lines


def scale_table(dataset):
    """Lines of a markdown table: the best on the line α + β = 1, and the best at all, by the scale
    of the loss.
    """
    heads = (
        "loss ×",
        "stable on the line for",
        "best rate on it",
        "there β",
        "best rate at all",
        "there α",
        "there β",
    )
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    names = (
        "scale_value",
        "sum_least_beta",
        "sum_best",
        "sum_best_beta",
        "free_rate",
        "free_setting",
    )
    for scale, least, best, beta, free, (step, momentum) in zip(
        *(dataset[name].values for name in names)
    ):
        cells = [
            f"{scale:g}",
            f"β ≥ {least:.4f}",
            *(f"{one:.4f}" for one in (best, beta, free)),
            f"{step:.4g}",
        ]
        lines.append("| " + " | ".join([*cells, f"{momentum:.4f}"]) + " |")
    return lines


def rate_table(dataset):
    """Lines of a markdown table: log-rates per step."""
    lines = ["| method | κ | measured | theory | ratio |", "|---|---|---|---|---|"]
    for name, measured, theory in zip(dataset["linear_method"].values, *dataset["log_rate"].values):
        lines += [
            f"| {name} | {k:g} | {one:.6f} | {two:.6f} | {one / two:.4f} |"
            for k, one, two in zip(dataset["rate_condition"].values, measured, theory)
        ]
    return lines


def bump_table(dataset):
    """Lines of a markdown table: where descents of all four parameters end."""
    lines = ["| a | b | c | d | loss | eigenvalues of the Hessian |", "|---|---|---|---|---|---|"]
    for end, losses, values in zip(
        *(dataset[f"bump_{name}"].values for name in ("end", "loss", "curvature"))
    ):
        cells = [
            *(f"{one:.4f}" for one in end),
            f"{losses[-1]:.0e}",
            ", ".join(f"{one:.3g}" if abs(one) > 1e-8 else "0" for one in values),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


# ---- sections


def page(dataset):
    """Markdown of docs/optimisation_primer.md; every number is the dataset's, every conclusion
    follows by rule.
    """
    sections = (
        page_models,
        page_bump,
        page_steps,
        page_flat,
        page_momentum,
        page_rates,
        page_conditioning,
        page_loss,
    )
    lines = [
        "# Optimisation primer",
        "",
        (
            "After P. van der Smagt's lecture “optimisation in neural networks”: what its slides"
            " say, with the numbers. Made by `scripts/optimisation_primer.py`, seed"
            f" {dataset.attrs['seed']}; from the data alone with `python"
            " scripts/optimisation_primer.py --redraw --out .` “Right”, “wrong” and other"
            " judgements follow from the numbers by rules in"
            " `spikesampler/networks/primer_page.py`."
        ),
        "",
    ]
    for section in sections:
        lines += [*section(dataset), ""]
    return "\n".join(lines).rstrip() + "\n"


def picture(name, text):
    return ["", f"![{text}](figures/primer_{name}.png)", ""]


def page_models(dataset):
    n, fit, conjugate = (
        numbers(dataset),
        dataset["line_best"].values,
        dataset["line_conjugate"].values,
    )
    same = np.abs(fit - measurements.LECTURE["line"]).max() < 0.005  # two digits
    (whole, bare), (power, bare_power) = n["taylor_line"], n["slopes"]
    size = "which is rounding" if whole < 1e-12 else "which is more than rounding"
    needed = "lacks the ½" if whole < bare else "lacks the ½, and is right"
    worth = (
        "no better than none" if bare_power < 2.5 else "better than none"
    )  # without the term it is of power 2
    return [
        "## A line through three points",
        "",
        (
            "The points (0, 1), (1, 2.1), (2, 2.9); the line y = ax + b; the loss Σ (ax + b − z)²."
            " It is a quadratic with Hessian 2XᵀX = [[10, 6], [6, 6]], whose eigenvalues are 8 ±"
            " 2√10:"
        ),
        "",
        (
            f"- minimum a = {fit[0]:.2f}, b = {fit[1]:.2f}, **{'as' if same else 'not as'} the"
            " lecture has it**;"
        ),
        (
            f"- curvatures μ = {n['low']:.4f} and L = {n['high']:.4f}, condition number κ = L/μ ="
            f" {n['condition']:.2f};"
        ),
        (
            f"- conjugate gradients: distance {conjugate[0]:.2f} at the start, {conjugate[1]:.2f}"
            f" after one step, {conjugate[2]:.0e} after two."
        ),
        *picture("line", "Data, models, and the error of a second-order expansion"),
        "Near a point w the loss is",
        "",
        "    f(w + s) = f(w) + gᵀs + ½ sᵀHs + O(|s|³).",
        "",
        (
            f"**The lecture's expansion {needed}.** On the line fit, at |s| = 1, the expansion with"
            f" ½ misses {whole:.0e}, {size}; without it, {bare:.2f} = ½ sᵀHs. On the bump the error"
            f" grows as |s| to the power {power:.2f} with ½, {bare_power:.2f} without (b): without"
            f" ½ the second-order term is {worth}."
        ),
    ]


def page_bump(dataset):
    offsets, errors = dataset["offset_d"].values, dataset["equation_error"].values
    shown = ", ".join(f"{error:.2g} at d = {d:g}" for d, error in zip(offsets, errors))
    good = [f"d = {d:g}" for d in offsets[errors < 1e-10]]
    hold = (
        "for every d here"
        if len(good) == len(errors)
        else f"for {listed(good, 'no d here')}" + " only" * bool(good)
    )
    (a, b), curvature, least = (
        dataset["plane_best"].values,
        dataset["plane_curvature"].values,
        dataset["plane_least"],
    )
    steps, losses, places = (
        dataset[f"plane_{name}"].values for name in ("step", "path_loss", "path")
    )
    kinds, ends = zip(
        *(
            ending(step, one[-1], place[-1], float(least))
            for step, one, place in zip(steps, losses, places)
        )
    )
    right = "wrong for these" if set(kinds) == {"found"} else "right"
    return [
        "## A bump through three points",
        "",
        (
            "y = a exp(−b(x − c)²) + d has no closed form; gradients are found by automatic"
            " differentiation."
        ),
        "",
        (
            f"**The lecture's three equations hold {hold}**: d is missing from them, and so is the"
            " fourth, ∂f/∂d = 2 Σ (y − z). Median relative error of the three at 200 random (a, b,"
            f" c): {shown}."
        ),
        "",
        (
            f"At c = −1 and d = 0, as the lecture draws it, the minimum is at a = {a:.4f}, b ="
            f" {b:.4f}: loss {float(least):.4f}, curvatures {curvature[0]:.2f} and"
            f" {curvature[1]:.0f}, so that steps below {2 / curvature[1]:.2g} are stable there."
            f" From (2, 0.5), in {dataset.attrs['bump_steps']} steps, {listed(ends)}. This is the"
            f" lecture's “you may never find a minimum”, **and it is {right}**."
        ),
        *picture("bump", "Loss of the bump, descents on it, and the curvature where they end"),
        *four_free(dataset),
    ]


def four_free(dataset):
    """Where descents of all four parameters end. 0 is a loss below 10⁻²⁰, an eigenvalue below
    10⁻⁸.
    """
    losses, curvature, ends = (
        dataset[f"bump_{name}"].values for name in ("loss", "curvature", "end")
    )
    fallen, flat = (losses[:, -1] < 1e-20).all(), (np.abs(curvature).min(axis=1) < 1e-8).all()
    apart = np.ptp(ends, axis=0).max() > 0.01
    falls = "falls to 0 to rounding" if fallen else "does not fall to 0"
    where = (
        "different minima, which form a curve"
        if apart and flat
        else "different places"
        if apart
        else "one place"
    )
    bent = ", and along it the Hessian has an eigenvalue of 0 (d)" if apart and flat else ""
    lesson = (
        "So κ is infinite at these minima, and harmless: nothing has to be done along the curve."
        if fallen and flat
        else (
            "So flat directions did harm here: κ is infinite, and the loss is not 0."
            if flat
            else "So κ is finite where they end."
        )
    )
    return [
        (
            f"With all four parameters free (α = {float(dataset['bump_step']):g}), there are more"
            f" parameters than points. The loss {falls}; starts end in {where}{bent}:"
        ),
        "",
        *bump_table(dataset),
        "",
        lesson,
    ]


def page_steps(dataset):
    n, step, (right, loss) = (
        numbers(dataset),
        dataset["line_step"].values[-1],
        overshooting(dataset),
    )
    over = 100 * (step / n["limit"] - 1)
    first, second = (
        (", across the valley,", ", beyond where it came from") if right == "right" else ("", "")
    )
    return [
        "## The step size",
        "",
        (
            "Gradient descent shrinks the distance along an eigenvector of curvature λ by 1 − αλ"
            f" per step. It is stable for α < 2/L = {n['limit']:.4f} and fastest at α = 2/(L + μ) ="
            f" {n['best_step']:.4f}, where both ends of the spectrum have the rate (κ − 1)/(κ + 1)"
            f" = {quadratic.gradient_descent_rate(n['condition']):.4f}."
        ),
        *picture(
            "steps",
            "Gradient descent with a small, the best, an oscillating and an overshooting step",
        ),
        (
            f"**“We only need 2 steps to overshoot” is {right}.** With α = {step:.4f}, {over:.0f} %"
            f" above 2/L, 1 − αL = {n['factor']:.2f}: along the steep direction a start at"
            f" {n['across'][0]:.0f} goes to {n['across'][1]:.3f} in the first step{first} and to"
            f" {n['across'][2]:.3f} in the second{second}. The loss {loss}."
        ),
    ]


def page_flat(dataset):
    steps, times, (time, scaling) = (
        dataset["saddle_step"].values,
        dataset["saddle_steps"].values,
        flat_words(dataset),
    )
    budget = dataset.attrs["flat_budget"]
    slow, fast = (one if one >= 0 else budget + 1 for one in times[[0, -1], 0])
    told = (
        f"has left it after {fast}" if fast <= budget else f"has not left it after {budget} either"
    )
    return [
        "## Flat places",
        "",
        (
            "The lecture: with a too small α “we end up in local minima or saddle/flat points”. Of"
            f" flat places {time} (budget: {budget} steps). Each table has the steps measured and,"
            " in brackets, those by theory."
        ),
        "",
        (
            "Steps until a plateau is left: the bump's loss over c, far from the data (a = 2.9, b"
            f" = 1, d = 0, start c = {measurements.PLATEAU['start']:g}), counted until it is half-way"
            " down. Theory, for small steps: (1 − β)/α ∫ dc/|f′(c)|."
        ),
        "",
        *flat_table(dataset, "plateau"),
        "",
        (
            "Steps until a saddle is left: that of x²/2 + (y² − 1)²/4, from 10⁻⁶ beside its ridge,"
            " counted until the loss is half-way down. Theory: y grows by the larger root r of r² −"
            " (1 + β + α) r + β = 0."
        ),
        "",
        *flat_table(dataset, "saddle"),
        *picture("flat", "Steps to leave a plateau and a saddle, by step and momentum"),
        (
            f"Steps {scaling} where β = 0: at α = {steps[0]:g} a run of {slow - 1} steps ends at"
            f" the saddle, one with α = {steps[-1]:g} {told}. {momentum_gain(dataset)} On the ridge"
            " itself (y = 0) no step and no momentum leave."
        ),
    ]


def page_momentum(dataset):
    n, (right, best, law) = numbers(dataset), line_words(dataset)
    away = np.linalg.norm(dataset["trace_path"].values - dataset["line_best"].values, axis=-1)
    after = ", ".join(
        f"{name}: {one[40] / one[0]:.1e}" for name, one in zip(dataset["trace"].values, away)
    )
    return [
        "## Momentum",
        "",
        "    u_i = −g_i + β u_{i−1},    w_{i+1} = w_i + α u_i",
        "",
        (
            "The line fit again: the lecture's a (small α), b (large α) and c (with momentum), and"
            f" the best pair by Polyak (1964), α = 4/(√L + √μ)² = {n['heavy'][0]:.4f}, β = ((√κ −"
            f" 1)/(√κ + 1))² = {n['heavy'][1]:.4f}, with rate √β = {np.sqrt(n['heavy'][1]):.4f}."
            f" Distance after 40 steps, over that at the start: {after}."
        ),
        *picture("momentum", "Traces with and without momentum"),
        (
            "By theory iterations decay for 0 ≤ β < 1 and 0 < αλ < 2(1 + β), for every curvature λ"
            f" (a below: iterated; {int(dataset['growth_misjudged'])} of {dataset['growth'].size}"
            " grid points came out on the other side)."
        ),
        *picture("stability", "Where momentum is stable, and the line α + β = 1"),
        (
            f"**“The best values are when α + β = 1” is {right}.** It sets the length of the whole"
            " move along a constant gradient, α/(1 − β), to 1. But α has a unit, 1/curvature:"
            " multiply the loss by a factor, which moves no minimum, and the line is another one"
            " (b):"
        ),
        "",
        *scale_table(dataset),
        "",
        (
            f"{best}. With the loss × {measurements.SCALES[-1]:g} the line is stable only on its last "
            f"{100 * (1 - dataset['sum_least_beta'].values[-1]):.2f} %."
        ),
        "",
        (
            f"**“We usually take β ≫ α”** {law}. It holds where curvatures are large in the units"
            " of the weights, L ≫ 4 for large κ: then β/α ≈ L/4."
        ),
    ]


def page_rates(dataset):
    damped = np.log(2) / 200
    measured, theory = dataset["log_rate"].values[
        :, list(dataset["linear_method"].values).index("heavy ball")
    ]
    made = (
        "is what that makes"
        if np.abs(1 - measured / theory - damped).max() < 1e-3
        else "is not what is found"
    )
    top, steps = (
        dataset["condition"].values[-1],
        middle(dataset, ROTATED, "distance")["conjugate gradients"],
    )
    exact = np.cumprod(steps[2] <= measurements.DIMENSIONS).sum()
    upto = f"for κ up to {dataset['condition'].values[exact - 1]:g}" if exact else "at no κ"
    left = np.median(
        dataset["conjugate"].values[list(dataset["orientation"].values).index(ROTATED), -1, :, -1]
    )
    about = "less" if left <= top * ROUNDING else "more"
    return [
        "## Rates, measured",
        "",
        (
            f"Quadratics in {measurements.DIMENSIONS} dimensions, eigenvalues from 1/κ to 1 equally"
            " spaced on a logarithmic scale, best settings. log of the factor per step, from 200"
            " to 400 time constants after the start:"
        ),
        "",
        *rate_table(dataset),
        "",
        (
            "The heavy ball's distance falls as k times its rate to the k, as the ends of the"
            f" spectrum are critically damped: ln 2 / 200 = {100 * damped:.2f} % {made} here."
        ),
        *picture("rates", "Rates of gradient descent and the heavy ball; conjugate gradients"),
        (
            f"Conjugate gradients (scipy) end after {measurements.DIMENSIONS} steps in exact arithmetic"
            f" (dotted line). In float64 they do {upto}, and need"
            f" {shown_steps(steps[0, -1], measurements.CONJUGATE_BUDGET)} steps at κ = {top:g} (b), as"
            f" directions lose their conjugacy to rounding; there they stop {left:.0e} short of the"
            f" minimum, {about} than κ times the rounding error ({top * ROUNDING:.0e})."
        ),
    ]


def page_conditioning(dataset):
    about, top = dataset.attrs, dataset["condition"].values[-1]
    said = (
        ", which the lecture calls not uncommon in networks"
        if top == measurements.LECTURE["condition"]
        else ""
    )
    costs = [
        f"- {name}, steps: axis-aligned {cost(dataset, name, 'aligned')}; random starts "
        f"{cost(dataset, name, 'aligned, random start')}; rotated {cost(dataset, name, ROTATED)}."
        for name in ("conjugate gradients", *ADAPTIVE)
    ]
    slopes = ", ".join(
        f"{name} {slope(dataset, name, ROTATED):.2f}"
        for name in measurements.METHODS
        if name != "conjugate gradients"
    )
    return [
        "## Condition",
        "",
        f"The same quadratics for κ from 1 to {top:g}{said}. The start has length 1 and is as far"
        " away along every eigenvector. Counted are the steps until the distance is first"
        f" {about['fraction']:g} of that at the start. Gradient descent and the heavy ball have"
        f" their best settings; beyond {about['budget']} steps their counts are computed from the"
        " powers of the iteration, not stepped (†, open symbols). Adam, Rprop and Adadelta have"
        f" the best rate of a grid, anew for each problem, and {about['budget']} steps; what is not"
        " reached is shown as such. Settings: "
        + "; ".join(f"{name}: {about[f'settings of {name}']}" for name in ADAPTIVE)
        + ".",
        "",
        (
            "The control: H = diag(λ), and H = QΛQᵀ with random rotations Q (median [range])."
            " Methods that scale every weight by itself can undo κ only where the axes are the"
            " eigenvectors. From the equal start an axis-aligned problem is for them a"
            " one-dimensional one, so there is a third case, axis-aligned with random starts."
        ),
        "",
        "Axis-aligned:",
        "",
        *steps_table(dataset, "aligned", "distance"),
        "",
        "Axis-aligned, random starts:",
        "",
        *steps_table(dataset, "aligned, random start", "distance"),
        "",
        "Rotated:",
        "",
        *steps_table(dataset, ROTATED, "distance"),
        *picture("conditioning", "Steps against condition number, axis-aligned and rotated"),
        "Grey: theory without the heavy ball's factor k; dashed: the dimension.",
        "",
        (
            "**“A class of optimisers (CG, Adam, rprop, adadelta, …) deal with such H”**, judged by"
            " the control:"
        ),
        "",
        *costs,
        "",
        (
            f"A method deals with H if all draws get there at κ = {top:g}, with at most {TIMES}"
            " times the steps (median) that it needs at κ = 1; conjugate gradients with at most"
            f" {TIMES} times the dimension. So it holds {dealing(dataset)}."
        ),
        "",
        (
            "Rotated, against methods that know μ and L and take their best settings. How cost"
            " grows is by the exponent below; ahead is the smaller median, where both are known:"
        ),
        "",
        *rivals(dataset),
        "",
        (
            f"Exponent of κ between the two largest κ reached, rotated: {slopes}. Theory: 1 for"
            " gradient descent, ½ for the heavy ball."
        ),
    ]


def page_loss(dataset):
    n, about, top = numbers(dataset), dataset.attrs, dataset["condition"].values[-1]
    at_top = ", ".join(
        f"{name} {count(one[0, -1])}" if np.isfinite(one[0, -1]) else f"{name} not reached"
        for name, one in middle(dataset, ROTATED, "loss").items()
    )
    spared = "it forgives" if n["untouched"] else "here it does not forgive"
    return [
        "### By the loss",
        "",
        (
            f"The same goal, {about['fraction']:g}, for the loss is {milder(dataset)}. The loss is"
            f" quadratic: at κ = 1 it allows a distance of {np.sqrt(about['fraction']):g}, half as"
            f" many decades. And {spared} flat directions: at κ = {top:g}, {n['untouched']} of"
            f" {measurements.DIMENSIONS} need not be moved at all. Rotated:"
        ),
        "",
        *steps_table(dataset, ROTATED, "loss"),
        "",
        f"At κ = {top:g}: {at_top}. The largest κ that all rotations reach, by distance and by"
        " loss: "
        + "; ".join(
            f"{name} {reached_to(dataset, name, ROTATED)} and"
            f" {reached_to(dataset, name, ROTATED, 'loss')}"
            for name in ADAPTIVE
        )
        + ".",
    ]
