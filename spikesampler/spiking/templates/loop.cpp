// One chunk: num_samples samples of steps_per_sample steps. Brian2's own loop compares clocks by floating-point time;
// here the coarse clocks fire at exact multiples of the step, and the number of samples is a run-time argument.
{
    const int64_t grid_every = %(grid_every)d, steps_per_sample = %(steps_per_sample)d;
    std::vector<std::pair<codeobj_func, int64_t>> work;
    for (const auto& object : network.objects)
        work.push_back({object.second, (void*)object.first == (void*)&brian::grid     ? grid_every
                                       : (void*)object.first == (void*)&brian::sample ? steps_per_sample
                                                                                      : 1});
    const int64_t num_steps = steps_per_sample * brian::_array_outputs_num_samples[0];
    for (int64_t step = 0; step < num_steps; ++step)
    {
        fine.timestep[0] = step;
        grid.timestep[0] = step / grid_every;
        sample.timestep[0] = step / steps_per_sample;
        fine.t[0] = step * fine.dt[0];
        grid.t[0] = grid.timestep[0] * grid.dt[0];
        sample.t[0] = sample.timestep[0] * sample.dt[0];
        for (const auto& item : work)
            if (item.first && step %% item.second == 0)
                item.first();
    }
}
