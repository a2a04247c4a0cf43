{# Whether all numbers of the state are finite; else in which step that was seen first. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    if ({{not_finite}}[0] == 0
        && !({% for array, size in arrays %}engine::all_finite({{array}}, {{size}}){{ '' if loop.last else ' && ' }}{% endfor %}))
        {{not_finite}}[0] = {{step}}[0] + 1;
{% endblock %}
