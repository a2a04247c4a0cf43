{# The neurons whose source spiked `delay` steps before, in a ring of `delay` rows of as many numbers as the source has
   neurons; a row that holds no spike is not looked at. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {% if delay %}
    static std::vector<int32_t> _numbers = engine::row_sums({{pending}}, {{delay}}, {{size}});
    const int64_t _slot = {{step}}[0] % {{delay}};
    auto* const _row = {{pending}} + _slot * {{size}};
    {{_eventspace}}[N] = 0;
    if (_numbers[_slot])
        for (int32_t _neuron = 0; _neuron < {{size}}; ++_neuron)
            if (_row[_neuron] != 0)
            {
                {{_eventspace}}[{{_eventspace}}[N]++] = _neuron;
                _row[_neuron] = 0;
            }
    _numbers[_slot] = {{heard}}[{{size}}];
    for (int32_t _spike = 0; _spike < {{heard}}[{{size}}]; ++_spike)
        _row[{{heard}}[_spike]] = 1;
    {% else %}
    std::copy_n({{heard}}, {{heard}}[{{size}}], {{_eventspace}});
    {{_eventspace}}[N] = {{heard}}[{{size}}];
    {% endif %}
{% endblock %}
