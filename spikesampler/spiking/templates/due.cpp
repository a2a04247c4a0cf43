{# The inputs that spike in this step, as drawn some steps ahead. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {{_eventspace}}[N] = engine::calendar.next({{_eventspace}});
{% endblock %}
