"""Our C++ loops, in templates/, around the statements that Brian2 translates."""

from functools import cache
from typing import Any


def array_name(group: Any, variable: str) -> str:
    """The C++ name of the array of a group's variable."""
    import brian2 as b2

    return "brian::" + b2.get_device().get_array_name(group.variables[variable])


def use_template(runner: Any, template: str | None = None, **facts: Any) -> None:
    """Give a Brian2 object our exp and random numbers, and templates/TEMPLATE.cpp as its loop."""
    runner.codeobj_class = engine_code_object_class()
    runner.template = template or runner.template
    runner.template_kwds = {**(runner.template_kwds or {}), **facts}


def decide_events(group: Any, event: str, template: str, code: str = "") -> None:
    """Let a template decide from `code` which neurons have an event.

    Brian2 itself asks for a condition per neuron.
    """
    thresholder = group.thresholder[event]
    thresholder.update_abstract_code = lambda run_namespace: None
    thresholder.abstract_code = thresholder.user_code = code
    use_template(thresholder, template)


@cache
def let_int_give_floats() -> None:
    """All numbers of a model are floats: of whole ones Brian2 clips to whole ones, and divides
    them in single precision.
    """
    from brian2.codegen.generators.cpp_generator import CPPCodeGenerator
    from brian2.core.functions import DEFAULT_FUNCTIONS

    function = DEFAULT_FUNCTIONS["int"]
    function._return_type = "float"
    code = """
    template <typename T> static inline double _truncated(T x)
    {
        return std::is_integral<T>::value ? double(x) : std::trunc(double(x));
    }
    """
    function.implementations.add_implementation(CPPCodeGenerator, code, name="_truncated")


@cache
def engine_code_object_class() -> type:
    """A C++ code object that finds our templates before Brian2's, and engine.h's functions."""
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

    class EngineCodeObject(CPPStandaloneCodeObject):
        templater = CPPStandaloneCodeObject.templater.derive("spikesampler.spiking")

    functions = {
        "exp": "static inline double _exp(double x) { return engine::exp(x); }",
        "rand": "static inline double _rand(int) { return engine::stream->uniform(); }",
        # filled by the template
        "randn": "static inline double _randn(int i) { return engine::normals[i]; }",
    }
    for name, code in functions.items():
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(
            EngineCodeObject, code, name=f"_{name}"
        )
    return EngineCodeObject
