// One chunk: num_samples samples of steps_per_sample steps. Brian2's own loop compares clocks by floating-point time;
// here the coarse clocks fire at exact multiples of the step, and the number of samples is a run-time argument.
{
    const int64_t grid_every = %(grid_every)d, steps_per_sample = %(steps_per_sample)d, steps_per_frame = %(steps_per_frame)d;
    // all that is on the coarse clocks runs at the start of a step, frames before grid
    const auto on_clock = [](const Clock* clock) {
        std::vector<codeobj_func> runs;
        for (const auto& object : network.objects)
            if (object.second && object.first == clock)
                runs.push_back(object.second);
        return runs;
    };
    const auto at_grid = on_clock(&brian::grid), at_step = on_clock(&brian::fine);
    const int64_t num_steps = steps_per_sample * brian::_array_outputs_num_samples[0];
    for (int64_t step = 0; step < num_steps; ++step)
    {
        fine.timestep[0] = step;
        fine.t[0] = step * fine.dt[0];
        %(frames)s
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
