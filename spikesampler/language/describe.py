"""A model as readable text: what `spikesampler show` prints."""

from spikesampler.language.noise_arms import ARMS, noise_statement


def describe(model):
    """Title, citation, parameters marked by source, equations, event rules and noise arms of a
    Model.
    """
    parts = [
        f"{model.name}: {model.title}",
        model.citation,
        "",
        "Parameters",
        *_parameters(model),
        "",
    ]
    if model.network:
        return "\n".join([*parts, "Network", *_block(model.network)])
    parts += ["Inputs (index i)", *_block(model.inputs)]
    parts += ["", "Outputs (index k): spikes at rate rho softmax(u)_k", *_block(model.outputs)]
    parts += [
        "",
        "Synapses (k, i), one of each pair",
        *_block(model.synapses),
        "    intensity = alpha*exp(w)",
    ]
    parts += ["", "Events: for all synapses of the neuron k that has it"]
    parts += [f"    {_EVENTS.get(event, event)}: {rule}" for event, rule in model.learning.items()]
    parts += [f"    output spike: {rule}" for rule in model.resets.values()]
    parts += [
        "",
        (
            f"Between events, every {model['grid'] * 1e3:g} ms (Ito): prior and noise, by arm"
            f" (default: {model.noise})"
        ),
    ]
    for name, arm in ARMS.items():
        parts += [
            f"    {name:<18}{noise_statement(name, model.drift)}",
            f"    {'':<18}M = {arm.mobility}; {arm.source}",
        ]
    parts += ["", "Change a parameter with --set NAME=VALUE, such as --set rho=100*Hz."]
    return "\n".join(parts)


_EVENTS = {
    "teacher": "teacher event (Poisson at rate rho on the label's neuron; our choice)",
    "output": "output spike",
}


def _parameters(model):
    rows = [
        (name, _value(p.value), "" if p.unit == "1" else p.unit, p.source.split(":")[0], p)
        for name, p in model.parameters.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for name, value, unit, tag, p in rows:
        note = p.source.partition(": ")[2]
        changed = " [changed]" if name in model.overridden else ""
        cells = "  ".join(
            cell.ljust(width) for cell, width in zip((name, value, unit, tag), widths)
        )
        yield f"    {cells}  {p.meaning}{f' ({note})' if note else ''}{changed}"


def _value(value):
    return value if isinstance(value, str) else f"{value:.6g}"


def _block(text):
    return [f"    {line.strip()}" for line in text.strip().splitlines()]
