{# Statements over pairs of an output and an input that Synapses.connect() joined all to all: all pairs, those of outputs
   or those of inputs that have an event. The synapses of one output are one contiguous row, so the index arrays need not
   be read, the variables of the output stay in registers, and the compiler can vectorise the loop over inputs. The
   statements are Brian2's own; only the loops around them are ours. Random numbers are drawn by the row. #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_synapses.cpp' %}
{% block maincode %}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {% if only_if %}
    if (!({{only_if}}))
        return;
    {% endif %}
    const int32_t _num_rows = {{outputs + '[' ~ num_outputs ~ ']' if outputs else num_outputs}};
    const int32_t _num_columns = {{inputs + '[' ~ num_inputs ~ ']' if inputs else num_inputs}};
    {% if num_normals %}
    engine::normals.resize({{num_normals}} * _num_columns);
    {% endif %}
    {% if num_uniforms %}
    engine::uniforms.resize({{num_uniforms}} * _num_columns);
    {% endif %}
    {% if watched %}
    engine::variances.resize({{watched|length + 1}} * _num_columns);
    {% endif %}
    {% set calls = namespace(normals=0, uniforms=0) %}
    for (int32_t _row = 0; _row < _num_rows; ++_row)
    {
        const int32_t _presynaptic_idx = {{outputs + '[_row]' if outputs else '_row'}};
        {% if num_normals %}
        engine::{{stream}}.normals(engine::normals.data(), {{num_normals}} * _num_columns);
        {% endif %}
        {% if num_uniforms %}
        engine::{{stream}}.uniforms(engine::uniforms.data(), {{num_uniforms}} * _num_columns);
        {% endif %}
        {% for array in zeroed %}
        {{array}}[_presynaptic_idx] = 0;
        {% endfor %}
        {% for line in vector_code if '[_presynaptic_idx];' in line %}
        {{line}}
        {% endfor %}
        {# Iterations touch different synapses and inputs, so the compiler may reorder them. #}
#pragma GCC ivdep
        for (int32_t _column = 0; _column < _num_columns; ++_column)
        {
            const int32_t _postsynaptic_idx = {{inputs + '[_column]' if inputs else '_column'}};
            const size_t _idx = (size_t)_presynaptic_idx * {{num_inputs}} + _postsynaptic_idx;
            const size_t _vectorisation_idx = _column;
            {% for line in vector_code if '[_presynaptic_idx];' not in line and '[_presynaptic_idx] =' not in line
               and 'synaptic_idx = ' not in line %}
            {% set pieces = line.split('_randn(_vectorisation_idx)') %}
            {% set draws = namespace(line=pieces[0]) %}
            {% for piece in pieces[1:] %}
            {% set draws.line = draws.line ~ 'engine::normals[' ~ calls.normals ~ ' * _num_columns + _column]' ~ piece %}
            {% if watched %}
    engine::variances.resize({{watched|length + 1}} * _num_columns);
    {% endif %}
    {% set calls.normals = calls.normals + 1 %}
            {% endfor %}
            {% set pieces = draws.line.split('_rand(_vectorisation_idx)') %}
            {% set draws.line = pieces[0] %}
            {% for piece in pieces[1:] %}
            {% set draws.line = draws.line ~ 'engine::uniforms[' ~ calls.uniforms ~ ' * _num_columns + _column]' ~ piece %}
            {% if watched %}
    engine::variances.resize({{watched|length + 1}} * _num_columns);
    {% endif %}
    {% set calls.uniforms = calls.uniforms + 1 %}
            {% endfor %}
            {{draws.line}}
            {% endfor %}
            {% for name in watched %}
            engine::variances[{{loop.index0}} * _num_columns + _column] = {{name}};
            {% endfor %}
            {% if watched %}
            engine::variances[{{watched|length}} * _num_columns + _column] = theta_before;
            {% endif %}
        }
        {% if watched %}
        for (int32_t _at = 0; _at < {{watched|length}} * _num_columns; ++_at)
            if (engine::variances[_at] < 0 && {{below}}[0] == 0)
            {
                const int32_t _column = _at % _num_columns;
                {{below}}[0] = 1 + _presynaptic_idx * {{num_inputs}} + _column;
                {{below_step}}[0] = {{step}}[0] + 1;
                {{below_state}}[0] = {{first_state ~ ' + ' if first_state else ''}}_at / _num_columns;
                {{below_theta}}[0] = engine::variances[{{watched|length}} * _num_columns + _column];
                {{below_variance}}[0] = engine::variances[_at];
            }
        {% endif %}
        {% for line in vector_code if '[_presynaptic_idx] =' in line %}
        {{line}}
        {% endfor %}
    }
    {{after}}
{% endblock %}
