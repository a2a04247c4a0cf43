{# The inputs that spike in this step, as the file of the chunk says; counted, so that who wrote it sees that all did. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    static engine::Replay replay(brian::results_dir + "{{file}}");
    {{_eventspace}}[N] = replay.next({{step}}[0], {{_eventspace}});
    {{replayed}}[0] += {{_eventspace}}[N];
{% endblock %}
