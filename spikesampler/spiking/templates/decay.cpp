{# Decay of the frames of traces. Before one becomes too small to divide by, it is taken into what is stored. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% for frame, stored in frames.items() %}
    if ({{frame}}[0] < 1e-100)
    {
        for (int32_t _idx = 0; _idx < N; ++_idx)
            {{stored}}[_idx] *= {{frame}}[0];
        {{frame}}[0] = 1;
    }
    {% endfor %}
{% endblock %}
