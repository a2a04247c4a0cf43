// One chunk: num_samples periods, each a stimulus and a gap. Brian2's own loop compares clocks by floating-point time;
// here clocks are due by the number of the step, and the number of samples is a run-time argument. What is due in a step
// runs in the order that Brian2 gives it.
{
    const int64_t steps_per_sample = %(steps_per_sample)d, steps_per_period = %(steps_per_period)d;
    const int64_t steps_per_frame = %(steps_per_frame)d, grid_every = %(grid_every)d;
    const int64_t grid_phase = brian::_array_outputs_grid_phase[0];
    const bool plastic = brian::_array_outputs_plastic[0] != 0;
    // fine: every step; learning, learning_ends: fine and sample_ends, if plastic; frames: first step of each frame of a
    // stimulus; sample_ends: last step of a stimulus; first: of the chunk
    struct { bool fine, learning, frames, grid, sample_ends, learning_ends, first; } due = {true, plastic};
    std::vector<std::pair<codeobj_func, const bool*>> objects;
    for (const auto& object : network.objects)
        if (object.second)
        {
            const bool* is_due = &due.fine;
            %(clocks)s
            objects.emplace_back(object.second, is_due);
        }
    // most steps have nothing else: asking each object whether it is due would cost as much as some of them
    std::vector<codeobj_func> in_every_step;
    for (const auto& [run, is_due] : objects)
        if (is_due == &due.fine || (plastic && is_due == &due.learning))
            in_every_step.push_back(run);
    const int64_t num_steps = steps_per_period * brian::_array_outputs_num_samples[0];
    %(always)s
    const auto file = [](const char* name) { return brian::results_dir + name; };
    engine::Trajectories trajectories(file("recorded"), file("trajectories"));
    engine::Trajectories snapshots(file("wanted"), file("snapshots"), file("moments"));
    engine::Answers answers(file("riders"), %(K)d, num_steps / steps_per_period, steps_per_sample);
    engine::answers = answers.are_wanted ? &answers : nullptr;
    for (int64_t step = 0; step < num_steps; ++step)
    {
        fine.timestep[0] = step;
        fine.t[0] = step * fine.dt[0];
        const int64_t within = step %% steps_per_period;
        due.frames = within < steps_per_sample && within %% steps_per_frame == 0;
        due.sample_ends = within == steps_per_sample - 1;
        due.learning_ends = due.sample_ends && plastic;
        due.grid = (step + grid_phase) %% grid_every == 0;
        due.first = step == 0;
        %(times)s
        if (due.grid && trajectories.are_wanted())
        {
            %(record)s
        }
        if (snapshots.are_due(step))
        {
            %(snapshot)s
        }
        if (answers.are_wanted)
            answers.begin(step / steps_per_period, within < steps_per_sample);
        if (due.frames || due.grid || due.sample_ends || due.first)
        {
            for (const auto& [run, is_due] : objects)
                if (*is_due)
                    run();
            %(ends)s
        }
        else
            for (const auto& run : in_every_step)
                run();
        if (answers.are_wanted)
        {
            %(answer)s
        }
    }
    int error = trajectories.close();
    error = error ? error : snapshots.close();
    error = error ? error : answers.close(file("answers"));
    if (error)
    {
        std::fprintf(stderr, "%%d\n", error);  // who started this knows what to say of it
        std::exit(%(failed)d);
    }
}
