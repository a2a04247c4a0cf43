{# The neurons whose condition holds; what it draws comes from a stream of its own. #}
{# USES_VARIABLES { N } #}
{% extends 'threshold.cpp' %}
{% block maincode %}
    engine::stream = &engine::{{stream}};
    {{super()}}
{% endblock %}
