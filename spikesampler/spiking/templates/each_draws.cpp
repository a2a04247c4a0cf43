{# The outputs that spike in a step, where each has a rate of its own: `own_chance` is its probability. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {{_eventspace}}[N] = 0;
    static std::vector<double> all_rates(N);
    for (size_t _idx = 0; _idx < N; ++_idx)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {% if rates %}
        {{rates}}[_idx] = own_rate;
        {% endif %}
        all_rates[_idx] = own_rate;
        if (engine::output_random.uniform() < own_chance)
            {{_eventspace}}[{{_eventspace}}[N]++] = _idx;
    }
    {% if answering %}
    if (engine::answers != nullptr)
        engine::answers->add(all_rates.data());
    {% endif %}
{% endblock %}
