// At the start of each frame of a sample, what is on its clock: the time of the stimulus, which stands still between samples.
if (step % steps_per_sample % steps_per_frame == 0)
{
    static const auto at_frame = on_clock(&brian::frames);
    frames.timestep[0] = step / steps_per_frame;
    frames.t[0] = frames.timestep[0] * frames.dt[0];
    for (const auto& run : at_frame)
        run();
}
