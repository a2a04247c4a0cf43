{# The outputs that spike in a step: each on its own, with probability `race_total` times its share in softmax(race_u).
   One of them at least does so with probability 1 - prod(1 - q_k) <= sum q_k = race_total. So a uniform number above it
   settles a step without looking at the outputs; below, the same number tells which is the first, and the others draw
   for themselves. Where somebody asks for the outputs' rates, or for answers, all are looked at in every step. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {{_eventspace}}[N] = 0;
    double luck = engine::output_random.uniform();
    {% if not rates and not varies %}
    if (luck >= race_total && engine::answers == nullptr)
        return;
    {% endif %}
    static std::vector<double> share(N);
    double highest = -std::numeric_limits<double>::max(), sum = 0;
    {% if varies %}
    double total = 0;  // every output knows it
    {% endif %}
    for (size_t _idx = 0; _idx < N; ++_idx)
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
    for (size_t k = 0; k < N; ++k)
        sum += share[k] = engine::exp(share[k] - highest);
    {% if rates %}
    for (size_t k = 0; k < N; ++k)
        {{rates}}[k] = race_total/{{step}} * share[k] / sum;
    {% endif %}
    {% if answering %}
    if (engine::answers != nullptr)
        engine::answers->add(share.data(), race_total > 0);
    {% endif %}
    {% if rates or not varies %}
    if (luck >= race_total)
        return;
    {% endif %}
    for (size_t k = 0; k < N; ++k)
    {
        const double chance = std::min(race_total * share[k] / sum, 1.0);
        if ({{_eventspace}}[N] > 0 ? engine::output_random.uniform() < chance : luck < chance)
            {{_eventspace}}[{{_eventspace}}[N]++] = k;
        else if ({{_eventspace}}[N] == 0)
            luck = (luck - chance) / (1 - chance);  // uniform again, given that this one does not spike
    }
{% endblock %}
