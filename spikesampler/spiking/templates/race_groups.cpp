{# As race.cpp, of a layer of several circuits of equal size, each of which races for itself. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {{_eventspace}}[N] = 0;
    static std::vector<double> share(N);
    for (size_t first = 0; first < N; first += N / {{groups}})
    {
        const size_t end = first + N / {{groups}};
        const int32_t before = {{_eventspace}}[N];
        double luck = engine::output_random.uniform();
        {% if not rates and not varies %}
        if (luck >= race_total{{ ' && engine::answers == nullptr' if answering else '' }})
            continue;
        {% endif %}
        double highest = -std::numeric_limits<double>::max(), sum = 0;
        {% if varies %}
        double total = 0;  // every output of a circuit knows it
        {% endif %}
        for (size_t _idx = first; _idx < end; ++_idx)
        {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            share[_idx] = race_u;
            highest = std::max(highest, race_u);
            {% if varies %}
            total = race_total;
            {% endif %}
        }
        {% if varies %}
        const double race_total = total;
        {% endif %}
        for (size_t k = first; k < end; ++k)
            sum += share[k] = engine::exp(share[k] - highest);
        for (size_t k = first; k < end; ++k)
            share[k] /= sum;
        {% if rates %}
        for (size_t k = first; k < end; ++k)
            {{rates}}[k] = race_total/{{step}} * share[k];
        {% endif %}
        if (luck >= race_total)
            continue;
        for (size_t k = first; k < end; ++k)
        {
            const double chance = std::min(race_total * share[k], 1.0);
            if ({{_eventspace}}[N] > before ? engine::output_random.uniform() < chance : luck < chance)
                {{_eventspace}}[{{_eventspace}}[N]++] = k;
            else if ({{_eventspace}}[N] == before)
                luck = (luck - chance) / (1 - chance);  // uniform again, given that this one does not spike
        }
    }
    {% if answering %}
    if (engine::answers != nullptr)
        engine::answers->add(share.data());
    {% endif %}
{% endblock %}
