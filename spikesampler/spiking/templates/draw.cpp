{# At the start of a sample: `hazard` of every input, from which due.cpp has its spikes. #}
{# USES_VARIABLES { N, hazard } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    for (int32_t _idx = 0; _idx < N; ++_idx)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    engine::calendar.begin({{hazard}}, N, {{steps}});
{% endblock %}
