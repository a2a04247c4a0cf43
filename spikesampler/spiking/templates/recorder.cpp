{# A monitor that can be switched off at run time. #}
{# USES_VARIABLES { N, _clock_t, count, _source_start, _source_stop } #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{% extends 'spikemonitor.cpp' %}
{% block maincode %}
    if ({{only_if}} == 0)
        return;
    {{super()}}
{% endblock %}
