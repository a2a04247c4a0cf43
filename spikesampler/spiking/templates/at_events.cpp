{# Statements for the neurons that have an event, one after the other; a signal's new value reaches all its copies. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const int32_t* const _events = {{events}};
    const int32_t _num_events = {{'std::min<int32_t>(' if once else '('}}{{events}}[N]{{', 1)' if once else ')'}};
    const size_t _vectorisation_idx = -1;
    engine::stream = &engine::{{stream}};
    {{scalar_code|autoindent}}
    for (int32_t _event = 0; _event < _num_events; ++_event)
    {
        const size_t _idx = _events[_event];
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {% for copy in copies %}
        for (int32_t _copy = 0; _copy < N; ++_copy)
            {{copy}}[_copy] = {{copy}}[_idx];
        {% endfor %}
    }
{% endblock %}
