{# All synapses of every neuron that had an event, where Synapses.connect() joined every neuron of the source to every
   neuron of the target: the synapses of one source are one contiguous row. So the index arrays need not be read, the
   variables of the source stay in registers, and the compiler can vectorise the loop. The statements are Brian2's own;
   only the loop around them is ours. #}
{% extends 'common_synapses.cpp' %}
{% block maincode %}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const std::vector<int>& _events = *{{pathway.name}}.peek();
    for (size_t _event = 0; _event < _events.size(); _event += {{row_length}})
    {
        const size_t _first = _events[_event];
        const int32_t _presynaptic_idx = _first / {{row_length}};
        {% for line in vector_code if '[_presynaptic_idx];' in line %}
        {{line}}
        {% endfor %}
        for (int32_t _postsynaptic_idx = 0; _postsynaptic_idx < {{row_length}}; _postsynaptic_idx++)
        {
            const size_t _idx = _first + _postsynaptic_idx;
            const size_t _vectorisation_idx = _idx;
            {% for line in vector_code if 'presynaptic_idx' not in line and 'int32_t _postsynaptic_idx' not in line %}
            {{line}}
            {% endfor %}
        }
        {% for line in vector_code if '[_presynaptic_idx] =' in line %}
        {{line}}
        {% endfor %}
    }
{% endblock %}
