{# Statements for every neuron of a group: iterations touch different neurons, so the compiler may reorder them. It may
   round a signal's copies differently, which are made alike after it. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
#pragma GCC ivdep
    for (int32_t _idx = 0; _idx < N; ++_idx)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% for copy in copies %}
    for (int32_t _copy = 1; _copy < N; ++_copy)
        {{copy}}[_copy] = {{copy}}[0];
    {% endfor %}
{% endblock %}
