{# At the end of a stimulus: the most active output, -1 where several are, and the share of `truth` in being it. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    auto* const _end = {{counts}} + N;
    const auto _most = *std::max_element({{counts}} + 0, _end);
    const double _winners = std::count({{counts}} + 0, _end, _most);
    const int64_t _label = std::llround(truth);
    const bool _won = _most == 0 || (_label >= 0 && _label < N && {{counts}}[_label] == _most);
    const double _response = _winners == 1 ? std::max_element({{counts}} + 0, _end) - {{counts}} : -1;
    std::fill_n({{response}}, N, _response);
    std::fill_n({{correct}}, N, _won ? 1 / _winners : 0);
    std::fill_n({{counts}}, N, 0);
{% endblock %}
