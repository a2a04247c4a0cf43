{# Spikes of each output in the stimulus that is shown. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% if showing %}
    if ({{showing}}[0] == 0)
        return;
    {% endif %}
    for (int32_t _spike = 0; _spike < {{spikes}}[N]; ++_spike)
        ++{{counts}}[{{spikes}}[_spike]];
{% endblock %}
