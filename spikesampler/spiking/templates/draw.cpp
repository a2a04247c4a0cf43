{# At the start of a frame: `hazard` of every input, from which due.cpp has its spikes. Of frames that are alike the
   first draws those of all, as one that lasts as long, and the others nothing. #}
{# USES_VARIABLES { N, hazard } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% if frames > 1 %}
    if (num_frames < 0.5)
        return;
    {% endif %}
    for (int32_t _idx = 0; _idx < N; ++_idx)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    engine::calendar.begin({{hazard}}, N, {{steps}}{% if frames > 1 %} * (int64_t)(num_frames + 0.5){% endif %});
{% endblock %}
