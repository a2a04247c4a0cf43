// One chunk: num_samples samples of steps_per_sample steps. Brian2's own loop compares clocks by floating-point time;
// here the coarse clocks fire at exact multiples of the step, and the number of samples is a run-time argument.
{
    const int64_t grid_every = %(grid_every)d, steps_per_sample = %(steps_per_sample)d;
    // all that is on the coarse clocks runs at the start of a step, samples before grid
    std::vector<codeobj_func> at_sample, at_grid, at_step;
    for (const auto& object : network.objects)
        if (object.second && (void*)object.first == (void*)&brian::samples)
            at_sample.push_back(object.second);
        else if (object.second && (void*)object.first == (void*)&brian::grid)
            at_grid.push_back(object.second);
        else if (object.second)
            at_step.push_back(object.second);
    const int64_t num_steps = steps_per_sample * brian::_array_outputs_num_samples[0];
    for (int64_t step = 0; step < num_steps; ++step)
    {
        fine.timestep[0] = step;
        fine.t[0] = step * fine.dt[0];
        if (step %% steps_per_sample == 0)
        {
            samples.timestep[0] = step / steps_per_sample;
            samples.t[0] = samples.timestep[0] * samples.dt[0];
            for (const auto& run : at_sample)
                run();
        }
        if (step %% grid_every == 0)
        {
            grid.timestep[0] = step / grid_every;
            grid.t[0] = grid.timestep[0] * grid.dt[0];
            for (const auto& run : at_grid)
                run();
        }
        for (const auto& run : at_step)
            run();
    }
}
